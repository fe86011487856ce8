/* The carrier's HTTP requests: a new call, the status of one, a finished recording. */
#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LARGEST_BODY = 1 << 20 };

typedef struct webhook_stream {
    const twilio *plugin;
    pb_sink sink;
    char *purpose, *method, *url, *signature, *content_type;
    char *body;
    size_t body_length;
    int is_call, over;
} webhook_stream;

static void webhook_close(void *pointer) {
    webhook_stream *stream = pointer;
    free(stream->purpose);
    free(stream->method);
    free(stream->url);
    free(stream->signature);
    free(stream->content_type);
    free(stream->body);
    free(stream);
}

static int32_t webhook_open(void *instance, pb_text options, const pb_sink *sink, void **stream, pb_error *error) {
    webhook_stream *opened = calloc(1, sizeof *opened);
    struct json_object *json = parse(options), *headers = NULL;
    if (!opened || !json) {
        free(opened);
        json_object_put(json);
        return fail_with(error, PB_ERROR_INVALID, "the options of a webhook must be a JSON object");
    }
    json_object_object_get_ex(json, "headers", &headers);
    opened->plugin = instance;
    opened->sink = *sink;
    opened->purpose = strdup(member(json, "purpose"));
    opened->method = strdup(member(json, "method"));
    opened->url = strdup(member(json, "url"));
    opened->signature = strdup(headers ? member(headers, "x-twilio-signature") : "");
    opened->content_type = strdup(headers ? member(headers, "content-type") : "");
    json_object_put(json);
    *stream = opened;
    return PB_OK;
}

static int32_t give_up(webhook_stream *stream, const pb_error *error) {
    stream->over = 1;
    stream->sink.fail(stream->sink.context, error);
    return PB_OK;
}

static void answer(webhook_stream *stream, int status, const char *type, const char *body) {
    struct json_object *json = json_object_new_object(), *response = json_object_new_object(), *headers = json_object_new_object();
    json_object_object_add(headers, "content-type", json_object_new_string(type));
    json_object_object_add(response, "status", json_object_new_int(status));
    json_object_object_add(response, "headers", headers);
    json_object_object_add(response, "body", json_object_new_string(body));
    json_object_object_add(json, "response", response);
    emit_json(&stream->sink, json);
    stream->over = 1;
    pb_frame end = {.type = PB_FRAME_END};
    stream->sink.emit(stream->sink.context, &end);
}

static void add(struct json_object *json, const char *name, const char *value) { json_object_object_add(json, name, json_object_new_string(value)); }

static void tell_call(webhook_stream *stream, const parameters *found) {
    struct json_object *event = json_object_new_object();
    add(event, "event", "call");
    add(event, "carrier_call_id", find_parameter(found, "CallSid"));
    add(event, "from", find_parameter(found, "From"));
    add(event, "to", find_parameter(found, "To"));
    add(event, "direction", strncmp(find_parameter(found, "Direction"), "outbound", 8) == 0 ? "outbound" : "inbound");
    if (*find_parameter(found, "AnsweredBy")) add(event, "answered_by", find_parameter(found, "AnsweredBy"));
    stream->is_call = 1;
    emit_json(&stream->sink, event);
}

/* The media has ended: the carrier asks what comes next. */
static void tell_continue(webhook_stream *stream, const parameters *found) {
    struct json_object *event = json_object_new_object();
    add(event, "event", "continue");
    add(event, "carrier_call_id", find_parameter(found, "CallSid"));
    stream->is_call = 1;
    emit_json(&stream->sink, event);
}

static void tell_status(webhook_stream *stream, const parameters *found) {
    struct json_object *event = json_object_new_object(), *fields = json_object_new_object();
    int is_recording = strcmp(stream->purpose, "recording") == 0;
    const char *status = find_parameter(found, is_recording ? "RecordingStatus" : "CallStatus");
    const char *sequence = find_parameter(found, "SequenceNumber"), *sip_code = find_parameter(found, "SipResponseCode");
    const char *seconds = find_parameter(found, is_recording ? "RecordingDuration" : "CallDuration");
    add(event, "event", "status");
    add(event, "carrier_call_id", find_parameter(found, "CallSid"));
    add(event, "status", status);
    if (*find_parameter(found, "AnsweredBy")) add(event, "answered_by", find_parameter(found, "AnsweredBy"));
    if (*sequence) json_object_object_add(event, "sequence", json_object_new_int64(strtoll(sequence, NULL, 10)));
    if (*sip_code) json_object_object_add(event, "sip_code", json_object_new_int64(strtoll(sip_code, NULL, 10)));
    if (*seconds) json_object_object_add(event, "duration_s", json_object_new_int64(strtoll(seconds, NULL, 10)));
    for (size_t index = 0; index < found->count; index++) add(fields, found->items[index].name, found->items[index].value);
    json_object_object_add(event, "fields", fields);
    emit_json(&stream->sink, event);
    answer(stream, 204, "text/plain", "");
}

static const char hang_up[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Hangup/></Response>\n";

/* What became of a transfer; nothing follows it. */
static void tell_transfer(webhook_stream *stream, const parameters *found) {
    struct json_object *event = json_object_new_object();
    const char *seconds = find_parameter(found, "DialCallDuration");
    add(event, "event", "transfer");
    add(event, "carrier_call_id", find_parameter(found, "CallSid"));
    add(event, "status", find_parameter(found, "DialCallStatus"));
    if (*seconds) json_object_object_add(event, "duration_s", json_object_new_int64(strtoll(seconds, NULL, 10)));
    emit_json(&stream->sink, event);
    answer(stream, 200, "text/xml", hang_up);
}

/* The request is complete: check it, then tell what it means. */
static int32_t judge(webhook_stream *stream) {
    pb_error error = {0};
    parameters found = {NULL, 0};
    int is_form = strcasecmp(stream->method, "POST") == 0 && strncasecmp(stream->content_type, "application/x-www-form-urlencoded", 33) == 0;
    const char *query = strchr(stream->url, '?');
    const char *source = is_form ? stream->body : query ? query + 1 : "";
    size_t length = is_form ? stream->body_length : strlen(source);
    if (parse_form(source ? source : "", source ? length : 0, &found) < 0) {
        fail_with(&error, PB_ERROR_INTERNAL, "out of memory");
    } else if (check_signature(stream->plugin, stream->url, is_form ? &found : NULL, stream->signature, &error) == PB_OK) {
        if (!is_form && stream->body_length && stream->plugin->verifies && !verify_body_digest(stream->url, stream->body, stream->body_length))
            fail_with(&error, PB_ERROR_REFUSED, "the body is not the one that was signed (bodySHA256)");
        else if (!*find_parameter(&found, "CallSid"))
            fail_with(&error, PB_ERROR_INVALID, "CallSid is missing");
    }
    if (error.code != PB_OK)
        give_up(stream, &error);
    else if (strcmp(stream->purpose, "voice") == 0)
        tell_call(stream, &found);
    else if (strcmp(stream->purpose, "continue") == 0)
        tell_continue(stream, &found);
    else if (strcmp(stream->purpose, "transferred") == 0)
        tell_transfer(stream, &found);
    else
        tell_status(stream, &found);
    free_parameters(&found);
    return PB_OK;
}

static void write_escaped(FILE *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default:
            /* XML has no way to write most control characters. */
            if ((unsigned char)*text >= ' ' || *text == '\t') fputc(*text, out);
        }
    }
}

static int32_t connect_call(webhook_stream *stream, struct json_object *json) {
    char *twiml = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&twiml, &length);
    if (!out) return PB_ERROR_INTERNAL;
    struct json_object *parameters = NULL;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect", out);
    if (*member(json, "continue_url")) {
        fputs(" action=\"", out);
        write_escaped(out, member(json, "continue_url"));
        fputs("\"", out);
    }
    fputs("><Stream url=\"", out);
    write_escaped(out, member(json, "media_url"));
    fputs("\">", out);
    if (json_object_object_get_ex(json, "parameters", &parameters)) {
        json_object_object_foreach(parameters, name, value) {
            fputs("<Parameter name=\"", out);
            write_escaped(out, name);
            fputs("\" value=\"", out);
            write_escaped(out, json_object_get_string(value));
            fputs("\"/>", out);
        }
    }
    fputs("</Stream></Connect><Hangup/></Response>\n", out);
    fclose(out);
    answer(stream, 200, "text/xml", twiml);
    free(twiml);
    return PB_OK;
}

/* +, then 2 to 15 digits. */
int is_telephone_number(const char *text) {
    size_t digits = *text == '+' && text[1] != '0' ? strspn(text + 1, "0123456789") : 0;
    return digits >= 2 && digits <= 15 && text[1 + digits] == 0;
}

/* sip: or sips:, a name and a host; no white space, and nothing that could end the element. */
static int is_sip(const char *text) {
    size_t scheme = strncasecmp(text, "sip:", 4) == 0 ? 4 : strncasecmp(text, "sips:", 5) == 0 ? 5 : 0;
    const char *at = scheme ? strchr(text, '@') : NULL;
    if (!at || at == text + scheme || !at[1] || strlen(text) > 255) return 0;
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || strchr("<>\"'", *text)) return 0;
    return 1;
}

/* Another number gets the call. */
static int32_t dial(webhook_stream *stream, struct json_object *json) {
    const char *to = member(json, "to"), *caller = member(json, "caller_id");
    if (!is_telephone_number(to) && !is_sip(to)) return PB_ERROR_INVALID;
    char *twiml = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&twiml, &length);
    if (!out) return PB_ERROR_INTERNAL;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Dial", out);
    if (is_telephone_number(caller)) fprintf(out, " callerId=\"%s\"", caller);
    fputs(" action=\"", out);
    write_escaped(out, member(json, "result_url"));
    fputs(is_telephone_number(to) ? "\"><Number>" : "\"><Sip>", out);
    write_escaped(out, to);
    fputs(is_telephone_number(to) ? "</Number></Dial></Response>\n" : "</Sip></Dial></Response>\n", out);
    fclose(out);
    answer(stream, 200, "text/xml", twiml);
    free(twiml);
    return PB_OK;
}

static int32_t decide(webhook_stream *stream, const pb_frame *frame) {
    struct json_object *json = parse((pb_text){frame->data, frame->length});
    const char *op = json ? member(json, "op") : "";
    int32_t code = PB_OK;
    if (!stream->is_call || stream->over)
        code = PB_ERROR_INVALID;
    else if (strcmp(op, "connect") == 0)
        code = connect_call(stream, json);
    else if (strcmp(op, "transfer") == 0)
        code = dial(stream, json);
    else if (strcmp(op, "hangup") == 0)
        answer(stream, 200, "text/xml", hang_up);
    else if (strcmp(op, "reject") == 0)
        answer(stream, 200, "text/xml",
               strcmp(member(json, "reason"), "busy") == 0 ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Reject reason=\"busy\"/></Response>\n"
                                                          : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Reject/></Response>\n");
    json_object_put(json);
    return code;
}

static int32_t webhook_push(void *pointer, const pb_frame *frame) {
    webhook_stream *stream = pointer;
    if (frame->type == PB_FRAME_BYTES && !stream->is_call && !stream->over) {
        if (stream->body_length + frame->length > LARGEST_BODY) return PB_ERROR_INVALID;
        char *grown = realloc(stream->body, stream->body_length + frame->length + 1);
        if (!grown) return PB_ERROR_INTERNAL;
        stream->body = grown;
        if (frame->length) memcpy(grown + stream->body_length, frame->data, frame->length);
        stream->body_length += frame->length;
        return PB_OK;
    }
    if (frame->type == PB_FRAME_DONE && !stream->is_call && !stream->over) return judge(stream);
    return frame->type == PB_FRAME_JSON ? decide(stream, frame) : PB_OK;
}

static void webhook_cancel(void *stream, uint64_t item) {
    (void)stream;
    (void)item;
}

const pb_stream_table webhook_table = {webhook_open, webhook_push, webhook_cancel, webhook_close};
