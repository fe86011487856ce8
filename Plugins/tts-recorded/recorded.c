/* tts-recorded: says what was recorded beforehand. The last step of a synthesis route: it always has an answer. */
#include <json.h>
#include <patchbay.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {literal, sizeof(literal) - 1}

/* Samples a second of what was recorded. */
enum { RATE = 8000 };

/* "I am sorry, there is a technical problem. Please call again in a few minutes.", 8 kHz mu-law. */
static const unsigned char apology[] = {
#embed "phrases/apology.ulaw"
};

static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"folder\":{\"type\":\"string\",\"description\":\"Holds index.json, {\\\"text\\\": \\\"file.wav\\\", ...}, and the files: mono, "
    "8 kHz, 16 bit or mu-law. The text \\\"*\\\" stands for every other one.\"}}}";

typedef struct phrase {
    char *text; /* normalised */
    int16_t *samples;
    size_t count;
} phrase;

typedef struct instance {
    phrase *phrases;
    size_t count;
    phrase otherwise;
} instance;

typedef struct stream {
    const instance *plugin;
    pb_sink sink;
    size_t rate;
    /* Held while emitting; the host may cancel from another thread, or from inside an emit. */
    pthread_mutex_t lock;
    uint64_t item;
    bool speaking; /* `item` was begun and has had no DONE */
} stream;

static int32_t refuse(pb_error *error, int32_t code, const char *what, const char *path) {
    int length = snprintf(error->message, sizeof error->message, "%s%s%s", path, *path ? ": " : "", what);
    error->message_length = length < PB_ERROR_TEXT ? (uint32_t)length : PB_ERROR_TEXT - 1;
    error->code = code;
    error->retryable = 0;
    error->retry_after_ms = 0;
    return code;
}

static int16_t expand(uint8_t code) {
    code = (uint8_t)~code;
    int magnitude = (((code & 15) << 3) + 132) << ((code >> 4) & 7);
    return (int16_t)(code & 128 ? 132 - magnitude : magnitude - 132);
}

static int16_t *expand_all(const uint8_t *codes, size_t count) {
    int16_t *samples = malloc((count + 1) * sizeof *samples);
    for (size_t index = 0; samples && index < count; index++) samples[index] = expand(codes[index]);
    return samples;
}

/* Small letters and digits, one space between words: punctuation does not tell sentences apart. */
static char *normalise(const char *text, size_t length) {
    char *result = malloc(length + 1), *at = result;
    if (!result) return NULL;
    for (size_t index = 0; index < length; index++) {
        unsigned char letter = (unsigned char)text[index];
        if (letter >= 'A' && letter <= 'Z') letter |= 32;
        if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter >= 128)
            *at++ = (char)letter;
        else if (at > result && at[-1] != ' ' && letter != '\'')
            *at++ = ' ';
    }
    while (at > result && at[-1] == ' ') at--;
    *at = 0;
    return result;
}

static uint32_t word(const uint8_t *at, int bytes) {
    uint32_t value = 0;
    for (int index = bytes; index > 0; index--) value = value << 8 | at[index - 1];
    return value;
}

/* The samples of a WAV file: a header sent to a caller would be heard as noise. NULL with the reason. */
static int16_t *read_wav(const char *path, size_t *count, const char **reason) {
    FILE *file = fopen(path, "re");
    *reason = "cannot be read";
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    uint8_t *bytes = size > 44 && size < (64 << 20) ? malloc((size_t)size) : NULL;
    int16_t *samples = NULL;
    *reason = "is no WAV file of 8 kHz mono, 16 bit or mu-law";
    if (bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WAVE", 4) == 0) {
        uint32_t format = 0, bits = 0;
        for (size_t at = 12; at + 8 <= (size_t)size && !samples;) {
            size_t length = word(bytes + at + 4, 4), rest = (size_t)size - at - 8;
            if (memcmp(bytes + at, "fmt ", 4) == 0 && rest >= 16 && word(bytes + at + 10, 2) == 1 && word(bytes + at + 12, 4) == 8000) {
                format = word(bytes + at + 8, 2);
                bits = word(bytes + at + 22, 2);
            } else if (memcmp(bytes + at, "data", 4) == 0) {
                if (length > rest) length = rest;
                if (format == 1 && bits == 16 && (samples = malloc(length + 2))) {
                    memcpy(samples, bytes + at + 8, length);
                    *count = length / 2;
                } else if (format == 7 && bits == 8 && (samples = expand_all(bytes + at + 8, length))) {
                    *count = length;
                } else {
                    break;
                }
            }
            at += 8 + length + (length & 1);
        }
    }
    free(bytes);
    fclose(file);
    return samples;
}

static void destroy(void *pointer) {
    instance *plugin = pointer;
    for (size_t index = 0; index < plugin->count; index++) {
        free(plugin->phrases[index].text);
        free(plugin->phrases[index].samples);
    }
    free(plugin->phrases);
    free(plugin->otherwise.samples);
    free(plugin);
}

static int32_t add(instance *plugin, const char *folder, const char *text, const char *name, pb_error *error) {
    char path[4096];
    const char *reason;
    if (!name || strchr(name, '/') || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return refuse(error, PB_ERROR_INVALID, "must be the name of a file in the folder", name ? name : text);
    phrase made = {0};
    made.samples = read_wav(path, &made.count, &reason);
    if (!made.samples) return refuse(error, PB_ERROR_INVALID, reason, path);
    if (strcmp(text, "*") == 0) {
        free(plugin->otherwise.samples);
        plugin->otherwise = made;
        return PB_OK;
    }
    phrase *grown = realloc(plugin->phrases, (plugin->count + 1) * sizeof *grown);
    made.text = normalise(text, strlen(text));
    if (grown) plugin->phrases = grown;
    if (!grown || !made.text) return refuse(error, PB_ERROR_INTERNAL, "out of memory", "");
    plugin->phrases[plugin->count++] = made;
    return PB_OK;
}

static int32_t read_index(instance *plugin, const char *folder, pb_error *error) {
    char path[4096];
    snprintf(path, sizeof path, "%s/index.json", folder);
    struct json_object *index = json_object_from_file(path);
    if (!index || !json_object_is_type(index, json_type_object)) {
        json_object_put(index);
        return refuse(error, PB_ERROR_INVALID, "must be a JSON object {\"text\": \"file.wav\"}", path);
    }
    int32_t code = PB_OK;
    json_object_object_foreach(index, text, name) {
        if (code == PB_OK) code = add(plugin, folder, text, json_object_get_string(name), error);
    }
    json_object_put(index);
    return code;
}

static int32_t create(const pb_host *host, pb_text config, void **made, pb_error *error) {
    (void)host;
    instance *plugin = calloc(1, sizeof *plugin);
    if (!plugin) return refuse(error, PB_ERROR_INTERNAL, "out of memory", "");
    plugin->otherwise.samples = expand_all(apology, sizeof apology);
    plugin->otherwise.count = sizeof apology;
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *json = tokener ? json_tokener_parse_ex(tokener, config.bytes, (int)config.length) : NULL, *folder = NULL;
    int32_t code = PB_OK;
    if (json && json_object_object_get_ex(json, "folder", &folder)) code = read_index(plugin, json_object_get_string(folder), error);
    json_object_put(json);
    if (tokener) json_tokener_free(tokener);
    if (code == PB_OK)
        *made = plugin;
    else
        destroy(plugin);
    return code;
}

static int32_t stream_open(void *plugin, pb_text options, const pb_sink *sink, void **opened, pb_error *error) {
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *json = tokener ? json_tokener_parse_ex(tokener, options.bytes, (int)options.length) : NULL, *wanted;
    int rate = json && json_object_object_get_ex(json, "sample_rate", &wanted) ? json_object_get_int(wanted) : RATE;
    json_object_put(json);
    if (tokener) json_tokener_free(tokener);
    if (rate < RATE || rate > 48000) return refuse(error, PB_ERROR_INVALID, "must be from 8000 to 48000", "sample_rate");
    stream *made = calloc(1, sizeof *made);
    if (!made) return refuse(error, PB_ERROR_INTERNAL, "out of memory", "");
    made->plugin = plugin;
    made->sink = *sink;
    made->rate = (size_t)rate;
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&made->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    *opened = made;
    return PB_OK;
}

/* Emits a phrase in pieces. At a higher rate it is drawn straight from sample to sample: a telephone's sound on a better line. */
static void emit(stream *s, const phrase *chosen) {
    int16_t piece[1600];
    size_t total = chosen->count * s->rate / RATE, used = 0;
    for (size_t index = 0; index < total && s->speaking; index++) {
        size_t at = index * RATE / s->rate, part = index * RATE % s->rate;
        int here = chosen->samples[at], next = at + 1 < chosen->count ? chosen->samples[at + 1] : here;
        piece[used++] = (int16_t)(here + (next - here) * (int)part / (int)s->rate);
        if (used < sizeof piece / sizeof *piece && index + 1 < total) continue;
        pb_frame audio = {.type = PB_FRAME_AUDIO, .item = s->item, .data = piece, .length = used * sizeof *piece};
        s->sink.emit(s->sink.context, &audio);
        used = 0;
    }
}

static int32_t say(stream *s, const pb_frame *frame) {
    const phrase *chosen = &s->plugin->otherwise;
    char *text = normalise(frame->data, frame->length);
    if (!text) return PB_ERROR_INTERNAL;
    for (size_t index = 0; index < s->plugin->count; index++)
        if (strcmp(s->plugin->phrases[index].text, text) == 0) chosen = &s->plugin->phrases[index];
    free(text);
    pthread_mutex_lock(&s->lock);
    s->item = frame->item;
    s->speaking = true;
    emit(s, chosen);
    pthread_mutex_unlock(&s->lock);
    return PB_OK;
}

/* Closes the item, once. */
static void conclude(stream *s, uint64_t item) {
    pthread_mutex_lock(&s->lock);
    pb_frame done = {.type = PB_FRAME_DONE, .item = item};
    bool again = item == s->item && !s->speaking;
    if (item == s->item) s->speaking = false;
    if (!again) s->sink.emit(s->sink.context, &done);
    pthread_mutex_unlock(&s->lock);
}

static int32_t stream_push(void *pointer, const pb_frame *frame) {
    stream *s = pointer;
    if (frame->type == PB_FRAME_TEXT) return say(s, frame);
    if (frame->type == PB_FRAME_DONE) conclude(s, frame->item);
    if (frame->type == PB_FRAME_END) {
        pb_frame end = {.type = PB_FRAME_END};
        s->sink.emit(s->sink.context, &end);
    }
    return PB_OK;
}

static void stream_cancel(void *pointer, uint64_t item) {
    stream *s = pointer;
    pthread_mutex_lock(&s->lock);
    if (s->speaking && (item == 0 || item == s->item)) conclude(s, s->item);
    pthread_mutex_unlock(&s->lock);
}

static void stream_close(void *pointer) {
    stream *s = pointer;
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static const pb_stream_table streams = {stream_open, stream_push, stream_cancel, stream_close};

static const pb_stream_table *find(void *plugin, const char *id) {
    (void)plugin;
    return strcmp(id, PB_TTS) == 0 ? &streams : NULL;
}

static const pb_plugin table = {
    .abi = PB_ABI,
    .size = sizeof(pb_plugin),
    .flags = PB_PLUGIN_UNLOADABLE,
    .name = TEXT("tts-recorded"),
    .kind = TEXT("tts"),
    .version = TEXT("1.0.0"),
    .config_schema = TEXT(schema),
    .create = create,
    .find = find,
    .destroy = destroy,
};

const pb_plugin *patchbay_plugin_v1(void) { return &table; }
