/* tts-flite: speech synthesis with Flite, on this machine. Blocks: the host runs its streams on workers. */
#include <flite.h>
#include <json.h>
#include <patchbay.h>
#include <pthread.h>
#include <speex/speex_resampler.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plain.h"

#define TEXT(literal) {literal, sizeof(literal) - 1}

/* Bytes of one sentence; Flite holds all of it in memory. */
enum { LONGEST_TEXT = 16384 };

cst_voice *register_cmu_us_slt(const char *folder);
cst_voice *register_cmu_us_rms(const char *folder);
cst_voice *register_cmu_us_awb(const char *folder);
cst_voice *register_cmu_us_kal16(const char *folder);
cst_voice *register_cmu_us_kal(const char *folder);

static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"voice\":{\"type\":\"string\",\"enum\":[\"slt\",\"rms\",\"awb\",\"kal16\",\"kal\"],\"default\":\"slt\","
    "\"description\":\"Who speaks where the agent document names no voice.\"},"
    "\"speed\":{\"type\":\"number\",\"minimum\":0.5,\"maximum\":2,\"default\":1,\"description\":\"2 is twice as fast.\"},"
    "\"gain\":{\"type\":\"number\",\"minimum\":0.1,\"maximum\":4,\"default\":1,\"description\":\"Factor on the samples; what is too loud is clipped.\"}}}";

typedef struct speaker {
    const char *name;
    cst_voice *(*make)(const char *folder);
    cst_voice *voice;
} speaker;

/* Voices are large, constant once made, and shared by every instance in the process. */
static speaker speakers[] = {
    {"slt", register_cmu_us_slt, NULL},     {"rms", register_cmu_us_rms, NULL}, {"awb", register_cmu_us_awb, NULL},
    {"kal16", register_cmu_us_kal16, NULL}, {"kal", register_cmu_us_kal, NULL},
};
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static cst_voice *find_voice(const char *name) {
    cst_voice *found = NULL;
    pthread_mutex_lock(&making);
    for (size_t index = 0; index < sizeof speakers / sizeof *speakers && !found; index++) {
        if (strcmp(speakers[index].name, name) != 0) continue;
        if (!speakers[index].voice) {
            flite_init();
            speakers[index].voice = speakers[index].make(NULL);
        }
        found = speakers[index].voice;
    }
    pthread_mutex_unlock(&making);
    return found;
}

typedef struct instance {
    cst_voice *voice;
    float speed, gain;
} instance;

typedef struct stream {
    const instance *plugin;
    pb_sink sink;
    cst_voice *voice;
    unsigned rate;
    SpeexResamplerState *resampler;
    unsigned resampler_rate;
    /* Held while emitting, so that nothing is emitted once `cancel` has returned. */
    pthread_mutex_t voice_lock;
    uint64_t item;
    bool speaking; /* `item` was begun and has had no DONE */
} stream;

static int32_t refuse(pb_error *error, int32_t code, const char *text) {
    size_t length = strlen(text);
    error->code = code;
    error->retryable = 0;
    error->retry_after_ms = 0;
    error->message_length = (uint32_t)(length < PB_ERROR_TEXT ? length : PB_ERROR_TEXT);
    memcpy(error->message, text, error->message_length);
    return code;
}

static struct json_object *parse(pb_text text) {
    struct json_tokener *tokener = json_tokener_new();
    if (!tokener) return NULL;
    struct json_object *json = json_tokener_parse_ex(tokener, text.bytes, (int)text.length);
    json_tokener_free(tokener);
    return json;
}

static double number(struct json_object *json, const char *name, double otherwise) {
    struct json_object *value;
    return json && json_object_object_get_ex(json, name, &value) ? json_object_get_double(value) : otherwise;
}

static const char *text_of(struct json_object *json, const char *name, const char *otherwise) {
    struct json_object *value;
    return json && json_object_object_get_ex(json, name, &value) && json_object_is_type(value, json_type_string) ? json_object_get_string(value) : otherwise;
}

static int32_t create(const pb_host *host, pb_text config, void **plugin, pb_error *error) {
    (void)host;
    struct json_object *json = parse(config);
    instance *created = calloc(1, sizeof *created);
    if (!created) return refuse(error, PB_ERROR_INTERNAL, "out of memory");
    created->voice = find_voice(text_of(json, "voice", "slt"));
    created->speed = (float)number(json, "speed", 1);
    created->gain = (float)number(json, "gain", 1);
    json_object_put(json);
    if (!created->voice) {
        free(created);
        return refuse(error, PB_ERROR_INVALID, "voice: must be slt, rms, awb, kal16 or kal");
    }
    *plugin = created;
    return PB_OK;
}

static void destroy(void *plugin) { free(plugin); }

static int32_t stream_open(void *plugin, pb_text options, const pb_sink *sink, void **opened, pb_error *error) {
    stream *made = calloc(1, sizeof *made);
    struct json_object *json = parse(options);
    if (!made) return refuse(error, PB_ERROR_INTERNAL, "out of memory");
    made->plugin = plugin;
    made->sink = *sink;
    made->rate = (unsigned)number(json, "sample_rate", 8000);
    /* An agent document may name a voice of another provider: then ours speaks. */
    made->voice = find_voice(text_of(json, "voice", ""));
    if (!made->voice) made->voice = made->plugin->voice;
    json_object_put(json);
    if (made->rate < 8000 || made->rate > 48000) {
        free(made);
        return refuse(error, PB_ERROR_INVALID, "sample_rate: must be from 8000 to 48000");
    }
    /* The host may cancel from inside an emit. */
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&made->voice_lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    *opened = made;
    return PB_OK;
}

static bool is_speaking(stream *s) {
    pthread_mutex_lock(&s->voice_lock);
    bool speaking = s->speaking;
    pthread_mutex_unlock(&s->voice_lock);
    return speaking;
}

static void emit(stream *s, const int16_t *samples, size_t count) {
    pthread_mutex_lock(&s->voice_lock);
    pb_frame frame = {.type = PB_FRAME_AUDIO, .item = s->item, .data = samples, .length = count * sizeof *samples};
    if (s->speaking && count > 0) s->sink.emit(s->sink.context, &frame);
    pthread_mutex_unlock(&s->voice_lock);
}

/* Closes the item, once. */
static void conclude(stream *s, uint64_t item) {
    pthread_mutex_lock(&s->voice_lock);
    pb_frame done = {.type = PB_FRAME_DONE, .item = item};
    bool again = item == s->item && !s->speaking;
    if (item == s->item) s->speaking = false;
    if (!again) s->sink.emit(s->sink.context, &done);
    pthread_mutex_unlock(&s->voice_lock);
}

static int prepare_resampler(stream *s, unsigned rate) {
    int failed = 0;
    if (s->resampler && s->resampler_rate == rate) {
        speex_resampler_reset_mem(s->resampler);
        return 1;
    }
    if (s->resampler) speex_resampler_destroy(s->resampler);
    s->resampler = speex_resampler_init(1, rate, s->rate, 5, &failed);
    s->resampler_rate = rate;
    if (s->resampler) speex_resampler_skip_zeros(s->resampler);
    return s->resampler != NULL;
}

static void emit_resampled(stream *s, const int16_t *samples, size_t count) {
    int16_t out[2048];
    while (count > 0) {
        spx_uint32_t taken = (spx_uint32_t)(count < 1024 ? count : 1024), made = sizeof out / sizeof *out;
        speex_resampler_process_int(s->resampler, 0, samples, &taken, out, &made);
        emit(s, out, made);
        samples += taken;
        count -= taken;
        if (taken == 0 && made == 0) return;
    }
}

/* Tells where the words lie, once the durations are decided and before the first audio; a token of Flite's is a word. */
static void emit_timings(stream *s, const cst_utterance *utterance) {
    static const char end[] = "daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end";
    struct json_object *words = json_object_new_array(), *message = json_object_new_object();
    double last = 0;
    for (const cst_item *token = relation_head(utt_relation(utterance, "Token")); token; token = item_next(token)) {
        /* A token that is not spoken ends where the one before it did. */
        double at = item_daughter(token) ? (double)ffeature_float(token, end) : last;
        struct json_object *word = json_object_new_object();
        json_object_object_add(word, "text", json_object_new_string(item_feat_string(token, "name")));
        json_object_object_add(word, "start_ms", json_object_new_int64((int64_t)(last * 1000)));
        json_object_object_add(word, "end_ms", json_object_new_int64((int64_t)(at * 1000)));
        json_object_array_add(words, word);
        last = at;
    }
    json_object_object_add(message, "words", words);
    size_t length;
    const char *text = json_object_to_json_string_length(message, JSON_C_TO_STRING_PLAIN, &length);
    pthread_mutex_lock(&s->voice_lock);
    pb_frame frame = {.type = PB_FRAME_JSON, .item = s->item, .data = text, .length = length};
    if (s->speaking && text) s->sink.emit(s->sink.context, &frame);
    pthread_mutex_unlock(&s->voice_lock);
    json_object_put(message);
}

/* Flite calls this with each new piece of the utterance. */
static int hear(const cst_wave *wave, int start, int size, int last, cst_audio_streaming_info *info) {
    stream *s = info->userdata;
    int16_t louder[1024];
    (void)last;
    if (!is_speaking(s)) return CST_AUDIO_STREAM_STOP;
    if (start == 0 && info->utt) emit_timings(s, info->utt);
    if (start == 0 && (unsigned)wave->sample_rate != s->rate && !prepare_resampler(s, (unsigned)wave->sample_rate)) return CST_AUDIO_STREAM_STOP;
    for (int done = 0; done < size;) {
        int count = size - done < 1024 ? size - done : 1024;
        const int16_t *piece = wave->samples + start + done;
        if (s->plugin->gain != 1) {
            for (int index = 0; index < count; index++) {
                float value = (float)piece[index] * s->plugin->gain;
                louder[index] = (int16_t)(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
            }
            piece = louder;
        }
        if ((unsigned)wave->sample_rate == s->rate)
            emit(s, piece, (size_t)count);
        else
            emit_resampled(s, piece, (size_t)count);
        done += count;
    }
    return CST_AUDIO_STREAM_CONT;
}

static int32_t speak(stream *s, const pb_frame *frame) {
    char *text = plain_text(frame->data, frame->length);
    cst_utterance *utterance = text ? new_utterance() : NULL;
    cst_audio_streaming_info *info = utterance ? new_audio_streaming_info() : NULL;
    if (!info) {
        free(text);
        return PB_ERROR_INTERNAL;
    }
    pthread_mutex_lock(&s->voice_lock);
    s->item = frame->item;
    s->speaking = true;
    pthread_mutex_unlock(&s->voice_lock);
    info->min_buffsize = 800;
    info->asc = hear;
    info->userdata = s;
    utt_set_input_text(utterance, text);
    utt_init(utterance, s->voice);
    /* On the utterance, never on the voice: that is shared. */
    feat_set(utterance->features, "streaming_info", audio_streaming_info_val(info));
    feat_set_float(utterance->features, "duration_stretch", 1 / s->plugin->speed);
    utt_synth(utterance);
    delete_utterance(utterance);
    free(text);
    return PB_OK;
}

static int32_t stream_push(void *pointer, const pb_frame *frame) {
    stream *s = pointer;
    if (frame->type == PB_FRAME_TEXT && frame->length > LONGEST_TEXT) return PB_ERROR_INVALID;
    if (frame->type == PB_FRAME_TEXT && frame->length > 0) return speak(s, frame);
    if (frame->type == PB_FRAME_DONE) conclude(s, frame->item);
    if (frame->type == PB_FRAME_END) {
        pb_frame end = {.type = PB_FRAME_END};
        s->sink.emit(s->sink.context, &end);
    }
    return PB_OK;
}

/* Flite asks between two pieces, some 50 ms of speech apart, whether to go on. */
static void stream_cancel(void *pointer, uint64_t item) {
    stream *s = pointer;
    pthread_mutex_lock(&s->voice_lock);
    if (s->speaking && (item == 0 || item == s->item)) conclude(s, s->item);
    pthread_mutex_unlock(&s->voice_lock);
}

static void stream_close(void *pointer) {
    stream *s = pointer;
    if (s->resampler) speex_resampler_destroy(s->resampler);
    pthread_mutex_destroy(&s->voice_lock);
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
    .flags = PB_PLUGIN_BLOCKS,
    .name = TEXT("tts-flite"),
    .kind = TEXT("tts"),
    .version = TEXT("1.0.0"),
    .config_schema = TEXT(schema),
    .create = create,
    .find = find,
    .destroy = destroy,
};

const pb_plugin *patchbay_plugin_v1(void) { return &table; }
