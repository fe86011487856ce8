/* The codec of a media connection: the carrier's JSON messages on one side, PCM on the other. Nothing on the way of a frame
 * allocates. */
#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_MEDIA = 8000 }; /* bytes of mu-law in one message: a second */
#define LONGEST_CALL_MS (100ull * 24 * 3600 * 1000) /* a later position is no position */

typedef struct media_stream {
    const twilio *plugin;
    pb_sink sink;
    char stream_id[64];
    size_t stream_id_length;
    uint64_t last_chunk;
    unsigned skipped, skipped_in_a_row;
    int started, over;
} media_stream;

static int32_t media_open(void *instance, pb_text options, const pb_sink *sink, void **stream, pb_error *error) {
    const twilio *plugin = instance;
    struct json_object *json = parse(options), *headers = NULL;
    if (json) json_object_object_get_ex(json, "headers", &headers);
    int32_t code = check_signature(plugin, member(json, "url"), NULL, headers ? member(headers, "x-twilio-signature") : "", error);
    json_object_put(json);
    if (code != PB_OK) return code;
    media_stream *opened = calloc(1, sizeof *opened);
    if (!opened) return fail_with(error, PB_ERROR_INTERNAL, "out of memory");
    opened->plugin = plugin;
    opened->sink = *sink;
    *stream = opened;
    return PB_OK;
}

/* Ends the stream with a reason that the host tells the carrier. */
static int32_t give_up(media_stream *stream, const char *reason) {
    pb_error error;
    fail_with(&error, PB_ERROR_PROTOCOL, "%s", reason);
    stream->over = 1;
    stream->sink.fail(stream->sink.context, &error);
    return PB_OK;
}

/* Leaves a message out. Told at the first, second, fourth, ... one; after the bound the connection is given up. */
static int32_t skip(media_stream *stream, const char *reason) {
    stream->skipped++;
    stream->skipped_in_a_row++;
    count(stream->plugin, "messages_skipped");
    if ((stream->skipped & (stream->skipped - 1)) == 0) {
        struct json_object *event = json_object_new_object();
        json_object_object_add(event, "event", json_object_new_string("skipped"));
        json_object_object_add(event, "reason", json_object_new_string(reason));
        json_object_object_add(event, "count", json_object_new_int64(stream->skipped));
        emit_json(&stream->sink, event);
    }
    char text[PB_ERROR_TEXT];
    if (stream->skipped_in_a_row < stream->plugin->skip_bound) return PB_OK;
    snprintf(text, sizeof text, "%u senseless messages in a row, the last: %s", stream->skipped_in_a_row, reason);
    return give_up(stream, text);
}

static uint64_t number(slice digits) {
    uint64_t value = 0;
    for (size_t index = 0; index < digits.length && index < 18; index++) {
        if (digits.start[index] < '0' || digits.start[index] > '9') return 0;
        value = value * 10 + (uint64_t)(digits.start[index] - '0');
    }
    return value;
}

static int32_t take_media(media_stream *stream, const message *found) {
    uint8_t coded[LARGEST_MEDIA + 3];
    int16_t samples[LARGEST_MEDIA];
    if (!stream->started) return skip(stream, "media before start");
    if (found->track.length && (found->track.length < 7 || memcmp(found->track.start, "inbound", 7) != 0)) return PB_OK;
    if (found->payload.length == 0) return skip(stream, "media without a payload");
    if (found->payload.length > LARGEST_MEDIA / 3 * 4) return skip(stream, "more than a second of media in one message");
    uint64_t chunk = number(found->chunk);
    if (chunk && chunk <= stream->last_chunk) return skip(stream, "media out of order");
    long length = base64_decode(coded, found->payload.start, found->payload.length);
    if (length <= 0) return skip(stream, "a payload that is not base64");
    uint64_t position = number(found->timestamp);
    if (position > LONGEST_CALL_MS) return skip(stream, "media at an impossible time");
    if (chunk) stream->last_chunk = chunk;
    stream->skipped_in_a_row = 0;
    mulaw_decode(samples, coded, (size_t)length);
    pb_frame frame = {.type = PB_FRAME_AUDIO, .time_us = position * 1000, .data = samples, .length = (uint64_t)length * 2};
    stream->sink.emit(stream->sink.context, &frame);
    return PB_OK;
}

static struct json_object *inner(struct json_object *object, const char *name) {
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) && json_object_is_type(value, json_type_object) ? value : NULL;
}

/* Whether a text can stand between quotes as it is. */
static int is_plain(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == '"' || *text == '\\') return 0;
    return 1;
}

static int32_t take_start(media_stream *stream, struct json_object *json) {
    struct json_object *start = inner(json, "start"), *format = start ? inner(start, "mediaFormat") : NULL, *rate = NULL, *channels = NULL;
    if (!start || stream->started) return skip(stream, "a start that makes no sense");
    if (format) {
        json_object_object_get_ex(format, "sampleRate", &rate);
        json_object_object_get_ex(format, "channels", &channels);
        if (strcmp(member(format, "encoding"), "audio/x-mulaw") != 0 || json_object_get_int(rate) != 8000 || json_object_get_int(channels) > 1) {
            write_log(stream->plugin, PB_LOG_ERROR, "the carrier offers audio that is not 8 kHz mono mu-law; the stream is refused");
            return give_up(stream, "the media is not audio/x-mulaw, 8000 Hz, mono");
        }
    }
    const char *id = member(start, "streamSid");
    if (!*id) id = member(json, "streamSid");
    size_t length = strlen(id);
    if (length == 0 || length >= sizeof stream->stream_id || !is_plain(id)) return skip(stream, "a start without a usable streamSid");
    memcpy(stream->stream_id, id, length);
    stream->stream_id_length = length;
    stream->started = 1;
    struct json_object *event = json_object_new_object(), *parameters = inner(start, "customParameters");
    json_object_object_add(event, "event", json_object_new_string("started"));
    json_object_object_add(event, "carrier_call_id", json_object_new_string(member(start, "callSid")));
    json_object_object_add(event, "stream_id", json_object_new_string(id));
    json_object_object_add(event, "parameters", parameters ? json_object_get(parameters) : json_object_new_object());
    emit_json(&stream->sink, event);
    return PB_OK;
}

static void emit_event(media_stream *stream, const char *event, const char *name, const char *value) {
    struct json_object *json = json_object_new_object();
    json_object_object_add(json, "event", json_object_new_string(event));
    if (name) json_object_object_add(json, name, json_object_new_string(value));
    emit_json(&stream->sink, json);
}

/* Everything that is not audio, and audio that is written in an unusual way. */
static int32_t take_rare(media_stream *stream, pb_text text) {
    struct json_object *json = parse(text), *part = NULL;
    const char *event = json ? member(json, "event") : "";
    int32_t code = PB_OK;
    if (strcmp(event, "media") == 0 && (part = inner(json, "media"))) {
        const char *payload = member(part, "payload"), *chunk = member(part, "chunk"), *time = member(part, "timestamp"), *track = member(part, "track");
        message plain = {.payload = {payload, strlen(payload)}, .chunk = {chunk, strlen(chunk)}, .timestamp = {time, strlen(time)}, .track = {track, strlen(track)}};
        code = take_media(stream, &plain);
    } else if (strcmp(event, "connected") == 0) {
        /* Tells nothing that start does not. */
    } else if (strcmp(event, "start") == 0) {
        code = take_start(stream, json);
    } else if (strcmp(event, "mark") == 0 && (part = inner(json, "mark"))) {
        emit_event(stream, "mark", "name", member(part, "name"));
    } else if (strcmp(event, "dtmf") == 0 && (part = inner(json, "dtmf"))) {
        emit_event(stream, "dtmf", "digit", member(part, "digit"));
    } else if (strcmp(event, "stop") == 0) {
        stream->over = 1;
        emit_event(stream, "stopped", NULL, NULL);
        pb_frame end = {.type = PB_FRAME_END};
        stream->sink.emit(stream->sink.context, &end);
    } else {
        code = skip(stream, *event ? "an event that is not known" : "a message that is no JSON object with an event");
    }
    json_object_put(json);
    return code;
}

static int32_t take_message(media_stream *stream, const pb_frame *frame) {
    message found;
    if (!scan_message(frame->data, frame->length, &found)) return skip(stream, "a message that is no JSON");
    int is_media = found.event.length == 5 && memcmp(found.event.start, "media", 5) == 0;
    if (is_media && !found.has_escapes) return take_media(stream, &found);
    return take_rare(stream, (pb_text){frame->data, frame->length});
}

static void send_bytes(media_stream *stream, const char *text, size_t length) {
    pb_frame frame = {.type = PB_FRAME_BYTES, .data = text, .length = length};
    stream->sink.emit(stream->sink.context, &frame);
}

#define APPEND(at, literal) (at = (char *)memcpy(at, literal, sizeof(literal) - 1) + sizeof(literal) - 1)

static char *append_stream(media_stream *stream, char *at) {
    APPEND(at, ",\"streamSid\":\"");
    at = (char *)memcpy(at, stream->stream_id, stream->stream_id_length) + stream->stream_id_length;
    APPEND(at, "\"");
    return at;
}

static void play(media_stream *stream, const int16_t *samples, size_t count) {
    enum { PIECE = 1200 };
    uint8_t coded[PIECE];
    char text[PIECE / 3 * 4 + 256];
    while (count > 0 && stream->started) {
        size_t piece = count < PIECE ? count : PIECE;
        mulaw_encode(coded, samples, piece);
        char *at = text;
        APPEND(at, "{\"event\":\"media\"");
        at = append_stream(stream, at);
        APPEND(at, ",\"media\":{\"payload\":\"");
        at += base64_encode(at, coded, piece);
        APPEND(at, "\"}}");
        send_bytes(stream, text, (size_t)(at - text));
        samples += piece;
        count -= piece;
    }
}

static int32_t command(media_stream *stream, const pb_frame *frame) {
    struct json_object *json = parse((pb_text){frame->data, frame->length});
    const char *op = json ? member(json, "op") : "", *name = json ? member(json, "name") : "";
    char text[512];
    int length = 0;
    if (strcmp(op, "clear") == 0) {
        length = snprintf(text, sizeof text, "{\"event\":\"clear\",\"streamSid\":\"%s\"}", stream->stream_id);
    } else if (strcmp(op, "mark") == 0 && is_plain(name)) {
        length = snprintf(text, sizeof text, "{\"event\":\"mark\",\"streamSid\":\"%s\",\"mark\":{\"name\":\"%s\"}}", stream->stream_id, name);
    }
    json_object_put(json);
    if (length > 0 && (size_t)length < sizeof text && stream->started) send_bytes(stream, text, (size_t)length);
    return PB_OK;
}

static int32_t media_push(void *pointer, const pb_frame *frame) {
    media_stream *stream = pointer;
    if (stream->over) return PB_OK;
    switch (frame->type) {
    case PB_FRAME_BYTES: return take_message(stream, frame);
    case PB_FRAME_AUDIO: play(stream, frame->data, frame->length / 2); return PB_OK;
    case PB_FRAME_JSON: return command(stream, frame);
    default: return PB_OK;
    }
}

static void media_cancel(void *stream, uint64_t item) {
    (void)stream;
    (void)item;
}

static void media_close(void *stream) { free(stream); }

const pb_stream_table media_table = {media_open, media_push, media_cancel, media_close};
