/* Placing, ending and finding calls. Each request is asked once: whether to ask again is decided by the host, who knows
 * what a second call would mean. */
#include "twilio.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LARGEST_ANSWER = 1 << 20, MOST_PAGES = 20, LONGEST_HEADER = 1024 };

typedef enum { PLACE, END_CALL, FIND } errand;

struct request;

typedef struct calls_stream {
    const twilio *plugin;
    pb_sink sink;
    pthread_mutex_t mutex; /* recursive: the HTTP service may answer before `start` has returned */
    struct request *requests;
    unsigned holders; /* the host, and each request */
    int closed;
} calls_stream;

/* One request of the host's, with the HTTP request that is under way for it. */
typedef struct request {
    calls_stream *stream;
    struct request *next;
    uint64_t item, number;
    errand what;
    char *call_id;                  /* to be ended */
    struct json_object *found;      /* calls of earlier pages */
    int64_t since;
    unsigned pages;
    unsigned holders;
    int is_answering, is_orphan;    /* `close` came from inside its answer */
    pthread_t thread;               /* that answers */
    rest_answer answer;
} request;

static void release_stream(calls_stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    unsigned left = --stream->holders;
    pthread_mutex_unlock(&stream->mutex);
    if (left > 0) return;
    pthread_mutex_destroy(&stream->mutex);
    free(stream);
}

static void release(request *request) {
    calls_stream *stream = request->stream;
    pthread_mutex_lock(&stream->mutex);
    unsigned left = --request->holders;
    pthread_mutex_unlock(&stream->mutex);
    if (left > 0) return;
    free(request->answer.body);
    free(request->call_id);
    json_object_put(request->found);
    free(request);
    release_stream(stream);
}

static int is_closed(calls_stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    int closed = stream->closed;
    pthread_mutex_unlock(&stream->mutex);
    return closed;
}

/* The answer of an item; takes `json` over. */
static void tell(calls_stream *stream, uint64_t item, struct json_object *json) {
    size_t length = 0;
    const char *text = json_object_to_json_string_length(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    pb_frame frame = {.type = PB_FRAME_JSON, .item = item, .data = text, .length = length};
    pb_frame done = {.type = PB_FRAME_DONE, .item = item};
    if (!is_closed(stream)) stream->sink.emit(stream->sink.context, &frame);
    /* The host may have closed the stream from inside the first one. */
    if (!is_closed(stream)) stream->sink.emit(stream->sink.context, &done);
    json_object_put(json);
}

static void count_outcome(const twilio *plugin, errand what, struct json_object *result) {
    struct json_object *error = NULL;
    if (what != PLACE) return;
    if (!json_object_object_get_ex(result, "error", &error)) return count(plugin, "calls_placed");
    const char *verdict = member(error, "verdict");
    if (strcmp(verdict, "unknown") == 0) return count(plugin, "calls_unknown");
    count(plugin, strcmp(verdict, "congested") == 0 ? "calls_congested" : "calls_refused");
}

/* MARK: Under way */

static int start(request *request, const char *method, const char *address, const char *form);

/* Takes the request out of the stream's list, if it is still its own. */
static void leave(request *request) {
    calls_stream *stream = request->stream;
    pthread_mutex_lock(&stream->mutex);
    int is_mine = !stream->closed || request->is_orphan;
    if (!stream->closed)
        for (struct request **at = &stream->requests; *at; at = &(*at)->next)
            if (*at == request) {
                *at = request->next;
                break;
            }
    request->is_answering = 0;
    pthread_mutex_unlock(&stream->mutex);
    if (is_mine) release(request);
}

static void conclude(request *request, struct json_object *result) {
    calls_stream *stream = request->stream;
    count_outcome(stream->plugin, request->what, result);
    pthread_mutex_lock(&stream->mutex);
    request->is_answering = 1;
    request->thread = pthread_self();
    pthread_mutex_unlock(&stream->mutex);
    tell(stream, request->item, result);
    leave(request);
}

/* Asks for the next page; 0: there is none. */
static int turn_page(request *request, const char *path) {
    const twilio *plugin = request->stream->plugin;
    char *address = request->pages < MOST_PAGES ? page_address(plugin, path) : NULL;
    if (!address) return 0;
    free(request->answer.body);
    request->answer = (rest_answer){0};
    /* An answer that comes at once must not take the request from under us. */
    pthread_mutex_lock(&request->stream->mutex);
    request->holders++;
    pthread_mutex_unlock(&request->stream->mutex);
    int is_started = start(request, "GET", address, NULL);
    free(address);
    release(request);
    return is_started;
}

static void found(request *request) {
    char *next = NULL;
    const twilio *plugin = request->stream->plugin;
    struct json_object *result = read_page(plugin, &request->answer, request->since, request->found, &next);
    request->pages++;
    if (!result) {
        if (next && turn_page(request, next)) {
            free(next);
            return;
        }
        result = json_object_new_object();
        json_object_object_add(result, "calls", json_object_get(request->found));
        json_object_object_add(result, "complete", json_object_new_boolean(next == NULL));
    }
    free(next);
    conclude(request, result);
}

static void take_head(void *context, uint32_t status, const pb_header *headers, uint64_t header_count) {
    request *request = context;
    request->answer.status = status;
    for (uint64_t index = 0; index < header_count; index++) {
        char seconds[12] = "";
        if (headers[index].name.length != 11 || strncasecmp(headers[index].name.bytes, "retry-after", 11) != 0) continue;
        uint64_t length = headers[index].value.length < sizeof seconds - 1 ? headers[index].value.length : sizeof seconds - 1;
        memcpy(seconds, headers[index].value.bytes, length);
        long wait = strtol(seconds, NULL, 10); /* a date reads as nothing */
        if (wait > 0) request->answer.retry_after_ms = wait > 3600 ? 3600000 : (uint32_t)wait * 1000;
    }
}

static void take_body(void *context, const void *bytes, uint64_t length) {
    request *request = context;
    rest_answer *answer = &request->answer;
    if (answer->length + length > LARGEST_ANSWER) answer->is_too_large = 1;
    char *grown = answer->is_too_large ? NULL : realloc(answer->body, answer->length + length + 1);
    if (!grown) {
        answer->is_too_large = 1;
        return;
    }
    answer->body = grown;
    memcpy(grown + answer->length, bytes, length);
    answer->length += length;
}

static void take_done(void *context, const pb_error *error) {
    request *request = context;
    if (error) {
        uint32_t length = error->message_length < PB_ERROR_TEXT ? error->message_length : PB_ERROR_TEXT;
        request->answer.is_broken = 1;
        memcpy(request->answer.reason, error->message, length);
        request->answer.reason[length] = 0;
    }
    if (request->what == FIND)
        found(request);
    else
        conclude(request, read_call(request->stream->plugin, &request->answer, request->call_id));
}

/* "Basic ..." into `header`; 0: the secret is not there. */
static int authorize(const twilio *plugin, char *header) {
    char pair[700], *secret = stpcpy(stpcpy(pair, plugin->api_key ? plugin->api_key : plugin->account_sid), ":");
    const char *name = plugin->api_key ? plugin->api_key_secret : plugin->secret_name;
    uint64_t room = sizeof pair - (size_t)(secret - pair), length = 0;
    if (plugin->secrets) length = plugin->secrets->read(plugin->secrets->context, (pb_text){name, strlen(name)}, secret, room);
    if (length == 0 || length > room) return 0;
    char *at = stpcpy(header, "Basic ");
    at[base64_encode(at, (uint8_t *)pair, (size_t)(secret - pair) + length)] = 0;
    explicit_bzero(pair, sizeof pair);
    return 1;
}

/* Begins an HTTP request, whose end is `take_done`; 0: it has not begun. */
static int start(request *request, const char *method, const char *address, const char *form) {
    static const char kind[] = "application/x-www-form-urlencoded";
    calls_stream *stream = request->stream;
    const twilio *plugin = stream->plugin;
    char credentials[LONGEST_HEADER];
    if (!authorize(plugin, credentials)) return 0;
    /* A connection of its own. On one that was kept, a server that goes away without an answer looks like one that has
     * gone before it was asked, and the client would ask again: a second call. */
    pb_header headers[] = {
        {{"authorization", 13}, {credentials, strlen(credentials)}},
        {{"accept", 6}, {"application/json", 16}},
        {{"connection", 10}, {"close", 5}},
        {{"content-type", 12}, {kind, sizeof kind - 1}},
    };
    pb_http_request asked = {
        .method = {method, strlen(method)}, .url = {address, strlen(address)}, .headers = headers, .header_count = form ? 4 : 3,
        .body = {form, form ? strlen(form) : 0}, .idle_ms = plugin->request_ms, .total_ms = plugin->request_ms,
    };
    pb_http_sink sink = {request, take_head, take_body, take_done};
    pb_error error;
    pthread_mutex_lock(&stream->mutex);
    uint64_t number = stream->closed ? 0 : plugin->http->start(plugin->http->context, &asked, &sink, &error);
    if (number) request->number = number;
    pthread_mutex_unlock(&stream->mutex);
    explicit_bzero(credentials, sizeof credentials);
    return number != 0;
}

/* MARK: What is asked for */

/* NULL: it can be asked; otherwise the answer, without troubling the carrier. */
static struct json_object *object_to(const twilio *plugin, struct json_object *question, errand what) {
    char text[400];
    const char *name = plugin->api_key ? plugin->api_key_secret : plugin->secret_name;
    char probe[1];
    if (!plugin->http) return calls_error("refused", 0, 0, "this host has no HTTP service");
    if (!*plugin->account_sid) return calls_error("refused", 0, 0, "account_sid is not configured: whose calls would they be?");
    if (!plugin->secrets || !plugin->secrets->read(plugin->secrets->context, (pb_text){name, strlen(name)}, probe, 0)) {
        snprintf(text, sizeof text, "provide the secret %s", name);
        return calls_error("refused", 0, 0, text);
    }
    if (what == END_CALL) return *member(question, "carrier_call_id") ? NULL : calls_error("refused", 0, 0, "carrier_call_id is missing");
    if (!is_telephone_number(member(question, "to"))) return calls_error("invalid", 0, 0, "to must be a number in E.164, as in +49301234567");
    if (what == FIND)
        return read_instant(member(question, "since")) >= 0 ? NULL : calls_error("refused", 0, 0, "since must be a time, as in 2026-11-25T19:48:08Z");
    if (!is_telephone_number(member(question, "from"))) return calls_error("refused", 0, 0, "from must be a number in E.164, as in +49301234567");
    for (int index = 0; index < 2; index++) {
        const char *url = member(question, index ? "status_url" : "voice_url");
        if (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) continue;
        snprintf(text, sizeof text, "%s must be a web address; set public_url", index ? "status_url" : "voice_url");
        return calls_error("refused", 0, 0, text);
    }
    return NULL;
}

static int begin(request *request, struct json_object *question) {
    const twilio *plugin = request->stream->plugin;
    char *form = request->what == PLACE ? place_form(plugin, question) : request->what == END_CALL ? strdup("Status=completed") : NULL;
    char *address = calls_address(plugin, request->call_id, request->what == FIND ? question : NULL);
    int is_started = address && (form || request->what == FIND) && start(request, form ? "POST" : "GET", address, form);
    free(form);
    free(address);
    return is_started;
}

static int32_t ask(calls_stream *stream, uint64_t item, struct json_object *question) {
    const char *op = member(question, "op");
    errand what = strcmp(op, "place") == 0 ? PLACE : strcmp(op, "end") == 0 ? END_CALL : FIND;
    if (what == FIND && strcmp(op, "find") != 0) return PB_ERROR_INVALID;
    struct json_object *objection = object_to(stream->plugin, question, what);
    request *made = objection ? NULL : calloc(1, sizeof *made);
    if (!made) {
        if (!objection) objection = calls_error("refused", 0, 0, "out of memory");
        count_outcome(stream->plugin, what, objection);
        tell(stream, item, objection);
        return PB_OK;
    }
    made->stream = stream;
    made->item = item;
    made->what = what;
    made->since = what == FIND ? read_instant(member(question, "since")) : 0;
    made->found = what == FIND ? json_object_new_array() : NULL;
    made->call_id = what == END_CALL ? strdup(member(question, "carrier_call_id")) : NULL;
    made->holders = 2;
    pthread_mutex_lock(&stream->mutex);
    stream->holders++;
    made->next = stream->requests;
    stream->requests = made;
    pthread_mutex_unlock(&stream->mutex);
    if (!begin(made, question)) conclude(made, calls_error("congested", 0, 1000, "the request could not be begun"));
    release(made);
    return PB_OK;
}

/* MARK: The stream */

static int32_t calls_open(void *instance, pb_text options, const pb_sink *sink, void **stream, pb_error *error) {
    (void)options;
    calls_stream *opened = calloc(1, sizeof *opened);
    if (!opened) return fail_with(error, PB_ERROR_INTERNAL, "out of memory");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&opened->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    opened->plugin = instance;
    opened->sink = *sink;
    opened->holders = 1;
    *stream = opened;
    return PB_OK;
}

static int32_t calls_push(void *pointer, const pb_frame *frame) {
    if (frame->type != PB_FRAME_JSON) return PB_OK;
    struct json_object *question = parse((pb_text){frame->data, frame->length});
    int32_t code = question && json_object_is_type(question, json_type_object) ? ask(pointer, frame->item, question) : PB_ERROR_INVALID;
    json_object_put(question);
    return code;
}

/* What the carrier has been asked cannot be taken back: the answer comes, and tells what became of it. */
static void calls_cancel(void *stream, uint64_t item) {
    (void)stream;
    (void)item;
}

static void calls_close(void *pointer) {
    calls_stream *stream = pointer;
    const pb_http_v1 *http = stream->plugin->http;
    pthread_mutex_lock(&stream->mutex);
    stream->closed = 1;
    request *request = stream->requests;
    stream->requests = NULL;
    pthread_mutex_unlock(&stream->mutex);
    while (request) {
        struct request *next = request->next;
        pthread_mutex_lock(&stream->mutex);
        /* Closed from inside this very answer: what is being used is let go of by who uses it. */
        int is_inside = request->is_answering && pthread_equal(request->thread, pthread_self());
        if (is_inside) request->is_orphan = 1;
        pthread_mutex_unlock(&stream->mutex);
        if (!is_inside) {
            http->cancel(http->context, request->number);
            release(request);
        }
        request = next;
    }
    release_stream(stream);
}

const pb_stream_table calls_table = {calls_open, calls_push, calls_cancel, calls_close};
