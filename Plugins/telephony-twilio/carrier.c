/* The carrier's REST API as values: requests made of what the host asks for, and answers read. Nothing here waits. */
#include "twilio.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { LONGEST_NAME = 256, LARGEST_PAGE = 100 };

/* Percent-encoding of application/x-www-form-urlencoded. */
static void write_encoded(FILE *out, const char *text) {
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (isalnum(byte) || strchr("-_.~", byte)) {
            fputc(byte, out);
        } else {
            fputc('%', out);
            fputc(hex[byte >> 4], out);
            fputc(hex[byte & 15], out);
        }
    }
}

static void write_field(FILE *out, const char *name, const char *value) {
    if (ftell(out) > 0) fputc('&', out);
    write_encoded(out, name);
    fputc('=', out);
    write_encoded(out, value);
}

static void write_number(FILE *out, const char *name, long value) {
    char text[24];
    snprintf(text, sizeof text, "%ld", value);
    write_field(out, name, text);
}

static long number_member(struct json_object *json, const char *name, long other) {
    struct json_object *value = NULL;
    return json_object_object_get_ex(json, name, &value) && json_object_is_type(value, json_type_int) ? (long)json_object_get_int64(value) : other;
}

char *place_form(const twilio *plugin, struct json_object *question) {
    static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
    char *form = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&form, &length);
    if (!out) return NULL;
    const char *detects = member(question, "detects"), *detected = member(question, "detected_url");
    long longest = number_member(question, "longest_s", 0);
    write_field(out, "To", member(question, "to"));
    write_field(out, "From", member(question, "from"));
    write_field(out, "Url", member(question, "voice_url"));
    write_field(out, "Method", "POST");
    write_field(out, "StatusCallback", member(question, "status_url"));
    write_field(out, "StatusCallbackMethod", "POST");
    /* One parameter for each event: a list in one is not understood. */
    for (size_t index = 0; index < sizeof events / sizeof *events; index++) write_field(out, "StatusCallbackEvent", events[index]);
    write_number(out, "Timeout", number_member(question, "rings_s", plugin->rings_s));
    if (longest > 0) write_number(out, "TimeLimit", longest);
    if (strcmp(detects, "start") == 0 || strcmp(detects, "message_end") == 0) {
        write_field(out, "MachineDetection", *detects == 's' ? "Enable" : "DetectMessageEnd");
        if (*detected) {
            write_field(out, "AsyncAmd", "true");
            write_field(out, "AsyncAmdStatusCallback", detected);
            write_field(out, "AsyncAmdStatusCallbackMethod", "POST");
        }
    }
    fclose(out);
    return form;
}

char *calls_address(const twilio *plugin, const char *call_id, struct json_object *filter) {
    char *address = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&address, &length);
    if (!out) return NULL;
    fprintf(out, "%s/2010-04-01/Accounts/%s/Calls", plugin->base_url, plugin->account_sid);
    if (call_id) {
        fputc('/', out);
        write_encoded(out, call_id);
    }
    fputs(".json", out);
    if (filter) {
        /* Not by time: calls that still wait in the carrier's queue have no start and would be left out. */
        fprintf(out, "?PageSize=%d", LARGEST_PAGE);
        write_field(out, "To", member(filter, "to"));
        if (*member(filter, "from")) write_field(out, "From", member(filter, "from"));
    }
    fclose(out);
    return address;
}

char *page_address(const twilio *plugin, const char *path) {
    const char *host = strstr(plugin->base_url, "://");
    size_t origin = host ? (size_t)(host + 3 - plugin->base_url) + strcspn(host + 3, "/") : 0;
    /* Never to another server: the request carries the credentials. */
    if (origin == 0 || path[0] != '/' || path[1] == '/' || path[1] == '\\') return NULL;
    char *address = malloc(origin + strlen(path) + 1);
    if (address) stpcpy((char *)mempcpy(address, plugin->base_url, origin), path);
    return address;
}

/* MARK: Times */

/* Seconds since 1970; -1: no time. "2026-11-25T19:48:08.123Z", or with an offset. */
int64_t read_instant(const char *text) {
    struct tm parts = {0};
    int read = 0, hours = 0, minutes = 0;
    char sign = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &read) != 6)
        return -1;
    text += read;
    if (*text == '.') text += 1 + strspn(text + 1, "0123456789");
    if (*text != 'Z' && *text != 'z' && (sscanf(text, "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-'))) return -1;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return timegm(&parts) - (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/* The same for "Wed, 25 Nov 2026 19:48:08 +0000", whatever the process's language is. */
static int64_t read_mail_date(const char *text) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm parts = {0};
    char month[4] = "", sign = '+';
    int offset = 0;
    const char *comma = strchr(text, ',');
    int count = sscanf(comma ? comma + 1 : text, " %2d %3s %4d %2d:%2d:%2d %c%4d", &parts.tm_mday, month, &parts.tm_year, &parts.tm_hour, &parts.tm_min,
                       &parts.tm_sec, &sign, &offset);
    const char *found = strlen(month) == 3 ? strstr(months, month) : NULL;
    if (count < 6 || !found || (found - months) % 3 != 0) return -1;
    parts.tm_year -= 1900;
    parts.tm_mon = (int)(found - months) / 3;
    if (count < 8 || (sign != '+' && sign != '-')) offset = 0;
    return timegm(&parts) - (sign == '-' ? -1 : 1) * (offset / 100 * 3600 + offset % 100 * 60);
}

static void add_instant(struct json_object *json, const char *name, int64_t seconds) {
    char text[32];
    time_t time = (time_t)seconds;
    struct tm parts;
    if (seconds >= 0 && gmtime_r(&time, &parts) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
        json_object_object_add(json, name, json_object_new_string(text));
}

/* MARK: Errors */

/* Digits that might be somebody's number are left out of what people read. */
static void hide_numbers(char *text) {
    char *to = text;
    while (*text) {
        size_t digits = strspn(text, "0123456789");
        if (digits >= 7) {
            to = stpcpy(to, "...");
            text += digits;
        } else {
            size_t count = digits ? digits : 1;
            memmove(to, text, count);
            to += count;
            text += count;
        }
    }
    *to = 0;
}

struct json_object *calls_error(const char *verdict, long code, uint32_t retry_after_ms, const char *message) {
    struct json_object *json = json_object_new_object(), *error = json_object_new_object();
    char *hidden = strdup(message);
    if (hidden) hide_numbers(hidden);
    json_object_object_add(error, "verdict", json_object_new_string(verdict));
    json_object_object_add(error, "message", json_object_new_string(hidden ? hidden : ""));
    if (code > 0) json_object_object_add(error, "code", json_object_new_int64(code));
    if (retry_after_ms > 0) json_object_object_add(error, "retry_after_ms", json_object_new_int64(retry_after_ms));
    json_object_object_add(json, "error", error);
    free(hidden);
    return json;
}

/* Codes with which the carrier says that the called number is none, or none that it can reach. */
static int is_about_the_number(long code) {
    static const long codes[] = {13223, 13224, 21211, 21214, 21217, 21401};
    for (size_t index = 0; index < sizeof codes / sizeof *codes; index++)
        if (codes[index] == code) return 1;
    return 0;
}

/* Codes with which it says that this account may not call that number: the country is not permitted, or a trial account has
 * not verified it. Other numbers can be called. */
static int is_barred(long code) { return code == 21215 || code == 21216 || code == 21219; }

/* What an operator can do about a refusal; "": nothing that we know of. */
static const char *remedy(const twilio *plugin, unsigned status, long code) {
    if (status == 401 || code == 20003)
        return plugin->api_key ? "; do api_key and its secret belong to account_sid?" : "; do account_sid and the secret with its auth token fit?";
    switch (code) {
    case 20404: return "; is account_sid right, and base_url?";
    case 21210: case 21212: return "; the caller id must be a number of the account, in E.164";
    case 21205: case 21609: return "; public_url must be an address that the carrier can reach";
    case 21215: case 21216: return "; the account may not call there: see the carrier's geographic permissions";
    case 21219: return "; a trial account only calls numbers that were verified";
    }
    if (status >= 300 && status < 400) return "; base_url points to another place";
    return status == 404 ? "; is base_url right?" : "";
}

/* An answer that is no success, in the words of the contract. Only what was surely not processed is called so. */
static struct json_object *read_refusal(const twilio *plugin, const rest_answer *answer, struct json_object *body) {
    char text[LONGEST_NAME * 2];
    unsigned status = answer->status;
    long code = body ? number_member(body, "code", 0) : 0;
    const char *said = body ? member(body, "message") : "";
    if (*said)
        snprintf(text, sizeof text, "%s (%ld)%s", said, code, remedy(plugin, status, code));
    else
        snprintf(text, sizeof text, "the carrier answers %u and says nothing that makes sense%s", status, remedy(plugin, status, code));
    if (status == 429) return calls_error("congested", code, answer->retry_after_ms ? answer->retry_after_ms : 1000, text);
    if (is_about_the_number(code)) return calls_error("invalid", code, 0, text);
    if (is_barred(code)) return calls_error("barred", code, 0, text);
    /* 303 follows what was done; 408 may be a proxy that did not wait for the answer. */
    int is_sure = status >= 300 && status < 500 && status != 303 && status != 408;
    return calls_error(is_sure ? "refused" : "unknown", code, answer->retry_after_ms, text);
}

/* Nothing, or not all of it, came back. */
static struct json_object *read_failure(const rest_answer *answer) {
    char text[PB_ERROR_TEXT + 64];
    const char *reason = answer->is_too_large ? "the answer is too large" : answer->reason;
    snprintf(text, sizeof text, "no usable answer: %s", *reason ? reason : "it makes no sense");
    return calls_error("unknown", 0, answer->retry_after_ms, text);
}

static int is_whole(const rest_answer *answer) { return !answer->is_broken && !answer->is_too_large && answer->status > 0; }

static struct json_object *parse_body(const rest_answer *answer) {
    struct json_object *body = answer->length ? parse((pb_text){answer->body, answer->length}) : NULL;
    if (body && !json_object_is_type(body, json_type_object)) {
        json_object_put(body);
        body = NULL;
    }
    return body;
}

/* MARK: Answers */

/* A call as the carrier describes it; NULL: it is none. */
static struct json_object *describe(struct json_object *call) {
    const char *id = member(call, "sid"), *status = member(call, "status"), *seconds = member(call, "duration");
    if (!*id || strlen(id) > LONGEST_NAME || !*status) return NULL;
    struct json_object *described = json_object_new_object();
    json_object_object_add(described, "carrier_call_id", json_object_new_string(id));
    json_object_object_add(described, "status", json_object_new_string(status));
    if (*member(call, "to")) json_object_object_add(described, "to", json_object_new_string(member(call, "to")));
    if (*member(call, "from")) json_object_object_add(described, "from", json_object_new_string(member(call, "from")));
    add_instant(described, "at", read_mail_date(member(call, "date_created")));
    if (*member(call, "answered_by")) json_object_object_add(described, "answered_by", json_object_new_string(member(call, "answered_by")));
    if (*seconds) json_object_object_add(described, "duration_s", json_object_new_int64(strtoll(seconds, NULL, 10)));
    return described;
}

struct json_object *read_call(const twilio *plugin, const rest_answer *answer, const char *ended) {
    if (!is_whole(answer)) return read_failure(answer);
    struct json_object *body = parse_body(answer), *result = NULL;
    long code = body ? number_member(body, "code", 0) : 0;
    if (answer->status >= 200 && answer->status < 300) {
        result = body ? describe(body) : NULL;
        if (!result) result = calls_error("unknown", 0, 0, "the carrier says yes, but not to which call");
    } else if (ended && body && (code == 20404 || code == 21220)) {
        /* What is over already has ended; that was all that was wanted. */
        result = json_object_new_object();
        json_object_object_add(result, "carrier_call_id", json_object_new_string(ended));
        json_object_object_add(result, "status", json_object_new_string("over"));
    } else {
        result = read_refusal(plugin, answer, body);
    }
    json_object_put(body);
    return result;
}

struct json_object *read_page(const twilio *plugin, const rest_answer *answer, int64_t since, struct json_object *found, char **next) {
    *next = NULL;
    if (!is_whole(answer)) return read_failure(answer);
    struct json_object *body = parse_body(answer), *calls = NULL, *error = NULL;
    int is_success = answer->status >= 200 && answer->status < 300;
    if (is_success && body && json_object_object_get_ex(body, "calls", &calls) && json_object_is_type(calls, json_type_array)) {
        for (size_t index = 0; index < json_object_array_length(calls) && !error; index++) {
            struct json_object *call = json_object_array_get_idx(calls, index), *described = describe(call);
            int64_t made = read_mail_date(member(call, "date_created"));
            if (!described)
                error = calls_error("unknown", 0, 0, "the carrier lists something that is no call");
            else if (made < 0 || made >= since) /* on a doubt it is named */
                json_object_array_add(found, described);
            else
                json_object_put(described);
        }
        if (*member(body, "next_page_uri")) *next = strdup(member(body, "next_page_uri"));
    } else {
        error = is_success ? calls_error("unknown", 0, 0, "the carrier's list is none") : read_refusal(plugin, answer, body);
    }
    json_object_put(body);
    return error;
}
