/*
 * fake-provider: a provider that does exactly what its configuration says. For tests only.
 * Everything is answered inline, on the loop, so that tests with a manual clock are deterministic.
 */
#include "patchbay.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fake {
    struct json_object *config;
    int refused;   /* opens refused so far */
    int failed;    /* items failed so far  */
    int utterance; /* final transcripts so far */
} fake;

typedef struct fake_stream {
    fake *plugin;
    pb_sink sink;
    char interface;    /* its first letter after "patchbay." */
    uint64_t item;     /* whose input is collected */
    uint64_t samples;  /* audio of that item */
    int16_t first;     /* its first sample */
    int pieces;        /* emitted for that item */
    int dead;
    char *text;        /* text or JSON of that item */
} fake_stream;

static int64_t number(fake *plugin, const char *key) {
    struct json_object *value = NULL;
    return json_object_object_get_ex(plugin->config, key, &value) ? json_object_get_int64(value) : -1;
}

static const char *string(fake *plugin, const char *key, const char *other) {
    struct json_object *value = NULL;
    return json_object_object_get_ex(plugin->config, key, &value) ? json_object_get_string(value) : other;
}

static void fill(pb_error *error, int32_t code, uint32_t retryable, const char *message) {
    memset(error, 0, sizeof *error);
    error->code = code;
    error->retryable = retryable;
    error->message_length = (uint32_t)strlen(message);
    memcpy(error->message, message, error->message_length);
}

static void die(fake_stream *stream, const char *message) {
    pb_error error;
    fill(&error, PB_ERROR_UNAVAILABLE, 1, message);
    stream->dead = 1;
    stream->sink.fail(stream->sink.context, &error);
}

/* Emits one piece, unless the configuration has the stream die or stall before it. */
static int emit(fake_stream *stream, uint32_t type, uint32_t flags, const void *data, size_t length) {
    if (stream->dead || number(stream->plugin, "silent") > 0) return 0;
    int64_t last = number(stream->plugin, "die_after");
    if (last >= 0 && stream->pieces >= last) {
        die(stream, "died as told");
        return 0;
    }
    last = number(stream->plugin, "stall_after");
    if (last >= 0 && stream->pieces >= last) return 0;
    stream->pieces++;
    pb_frame frame = {.type = type, .flags = flags, .item = stream->item, .data = data, .length = length};
    stream->sink.emit(stream->sink.context, &frame);
    return !stream->dead;
}

static void finish(fake_stream *stream) {
    if (stream->dead || number(stream->plugin, "silent") > 0) return;
    int64_t last = number(stream->plugin, "stall_after");
    if (last >= 0 && stream->pieces >= last) return;
    pb_frame frame = {.type = PB_FRAME_DONE, .item = stream->item};
    stream->sink.emit(stream->sink.context, &frame);
}

static void recognise(fake_stream *stream) {
    char text[120];
    struct json_object *texts = NULL;
    if (json_object_object_get_ex(stream->plugin->config, "texts", &texts)) {
        struct json_object *next = json_object_array_get_idx(texts, (size_t)stream->plugin->utterance);
        snprintf(text, sizeof text, "%s", next ? json_object_get_string(next) : "");
    } else {
        snprintf(text, sizeof text, "%llu samples from %d", (unsigned long long)stream->samples, stream->first);
    }
    if (!emit(stream, PB_FRAME_TEXT, PB_FLAG_FINAL, text, strlen(text))) return;
    stream->plugin->utterance++;
    finish(stream);
}

static void label(fake_stream *stream) {
    struct json_object *names = NULL;
    char answer[200] = "{\"labels\":[]}";
    if (json_object_object_get_ex(stream->plugin->config, "intents", &names)) {
        for (size_t index = 0; index < json_object_array_length(names); index++) {
            const char *name = json_object_get_string(json_object_array_get_idx(names, index));
            if (!strstr(stream->text, name)) continue;
            snprintf(answer, sizeof answer, "{\"labels\":[{\"name\":\"%s\",\"confidence\":0.9}]}", name);
            break;
        }
    }
    if (emit(stream, PB_FRAME_JSON, 0, answer, strlen(answer))) finish(stream);
}

static void reply(fake_stream *stream) {
    const char *words = string(stream->plugin, "reply", "Fine.");
    while (*words) {
        size_t length = strcspn(words, " ");
        if (words[length] == ' ') length++;
        if (!emit(stream, PB_FRAME_TEXT, 0, words, length)) return;
        words += length;
    }
    finish(stream);
}

static void speak(fake_stream *stream) {
    int64_t level = number(stream->plugin, "level");
    int16_t audio[160] = {0};
    for (int64_t frame = 0; frame < number(stream->plugin, "lead"); frame++)
        if (!emit(stream, PB_FRAME_AUDIO, 0, audio, sizeof audio)) return;
    for (int index = 0; index < 160; index++) audio[index] = (int16_t)(level < 0 ? 1000 : level);
    for (size_t letter = 0; letter < strlen(stream->text); letter++)
        if (!emit(stream, PB_FRAME_AUDIO, 0, audio, sizeof audio)) return;
    finish(stream);
}

static void embed(fake_stream *stream) {
    float vector[3] = {1, 2, (float)strlen(stream->text)};
    if (emit(stream, PB_FRAME_VECTOR, 0, vector, sizeof vector)) finish(stream);
}

static void acknowledge(fake_stream *stream) {
    char answer[120];
    snprintf(answer, sizeof answer, "{\"reference\":\"r\",\"url\":\"fake:blob\",\"bytes\":%llu,\"sha256\":\"0\"}",
             (unsigned long long)stream->samples);
    if (!emit(stream, PB_FRAME_JSON, 0, answer, strlen(answer))) return;
    if (stream->interface != 'b') return finish(stream);
    pb_frame frame = {.type = PB_FRAME_END};
    stream->sink.emit(stream->sink.context, &frame);
}

static void answer(fake_stream *stream) {
    if (number(stream->plugin, "fail_items") > stream->plugin->failed) {
        stream->plugin->failed++;
        die(stream, "this item fails");
        return;
    }
    if (number(stream->plugin, "mute") > 0) {
        finish(stream);
        return;
    }
    switch (stream->interface) {
    case 'a': recognise(stream); break;
    case 'i': label(stream); break;
    case 'l': reply(stream); break;
    case 't': speak(stream); break;
    case 'e': embed(stream); break;
    default: acknowledge(stream); break;
    }
}

static int32_t stream_push(void *context, const pb_frame *frame) {
    fake_stream *stream = context;
    if (stream->dead) return PB_ERROR_INTERNAL;
    if (frame->item != stream->item) {
        stream->item = frame->item;
        stream->samples = 0;
        stream->pieces = 0;
        free(stream->text);
        stream->text = NULL;
    }
    switch (frame->type) {
    case PB_FRAME_AUDIO:
        if (stream->samples == 0) stream->first = ((const int16_t *)frame->data)[0];
        stream->samples += frame->length / 2;
        break;
    case PB_FRAME_BYTES: stream->samples += frame->length; break;
    case PB_FRAME_TEXT:
    case PB_FRAME_JSON:
        free(stream->text);
        stream->text = strndup(frame->data, frame->length);
        break;
    case PB_FRAME_DONE: answer(stream); break;
    case PB_FRAME_END: if (stream->interface == 'b') answer(stream); break;
    default: break;
    }
    return PB_OK;
}

static int32_t open_stream(fake *plugin, const char *interface, const pb_sink *sink, void **stream, pb_error *error) {
    if (number(plugin, "refuse_for_good") > 0) {
        fill(error, PB_ERROR_REFUSED, 0, "refused for good");
        return PB_ERROR_REFUSED;
    }
    if (number(plugin, "refuse_open") > plugin->refused) {
        plugin->refused++;
        fill(error, PB_ERROR_UNAVAILABLE, 1, "refused this time");
        return PB_ERROR_UNAVAILABLE;
    }
    fake_stream *made = calloc(1, sizeof *made);
    made->plugin = plugin;
    made->sink = *sink;
    made->interface = interface[0];
    *stream = made;
    return PB_OK;
}

/* A table does not say which interface it was found for, so there is one for each. */
#define TABLE(name)                                                                                                 \
    static int32_t open_##name(void *plugin, pb_text options, const pb_sink *sink, void **stream, pb_error *error) { \
        (void)options;                                                                                              \
        return open_stream(plugin, #name, sink, stream, error);                                                     \
    }

static void stream_cancel(void *context, uint64_t item) {
    (void)context;
    (void)item;
}

static void stream_close(void *context) {
    fake_stream *stream = context;
    free(stream->text);
    free(stream);
}

TABLE(asr)
TABLE(intent)
TABLE(llm)
TABLE(tts)
TABLE(embedder)
TABLE(crm)
TABLE(blobs)

static const struct {
    const char *id;
    pb_stream_table table;
} tables[] = {
    {PB_ASR, {open_asr, stream_push, stream_cancel, stream_close}},
    {PB_INTENT, {open_intent, stream_push, stream_cancel, stream_close}},
    {PB_LLM, {open_llm, stream_push, stream_cancel, stream_close}},
    {PB_TTS, {open_tts, stream_push, stream_cancel, stream_close}},
    {PB_EMBEDDER, {open_embedder, stream_push, stream_cancel, stream_close}},
    {PB_CRM, {open_crm, stream_push, stream_cancel, stream_close}},
    {PB_BLOBS, {open_blobs, stream_push, stream_cancel, stream_close}},
};

static const pb_stream_table *find(void *plugin, const char *id) {
    (void)plugin;
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
        if (strcmp(id, tables[index].id) == 0) return &tables[index].table;
    return NULL;
}

static int32_t create(const pb_host *host, pb_text config, void **plugin, pb_error *error) {
    (void)host;
    char *text = strndup(config.bytes ? config.bytes : "{}", config.length ? config.length : 2);
    struct json_object *parsed = json_tokener_parse(text);
    free(text);
    if (!parsed) {
        fill(error, PB_ERROR_INVALID, 0, "the configuration is no JSON");
        return PB_ERROR_INVALID;
    }
    fake *made = calloc(1, sizeof *made);
    made->config = parsed;
    *plugin = made;
    return PB_OK;
}

static void destroy(void *context) {
    fake *plugin = context;
    json_object_put(plugin->config);
    free(plugin);
}

#define TEXT(literal) {literal, sizeof(literal) - 1}

PB_EXPORT const pb_plugin *patchbay_plugin_v1(void) {
    static const pb_plugin plugin = {
        .abi = PB_ABI,
        .size = sizeof(pb_plugin),
        .name = TEXT("fake-provider"),
        .kind = TEXT("llm"),
        .version = TEXT("1.0.0"),
        .config_schema = TEXT(""),
        .create = create,
        .find = find,
        .destroy = destroy,
    };
    return &plugin;
}
