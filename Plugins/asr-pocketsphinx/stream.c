/*
 * A stream: one caller. A decoder is borrowed with the first audio of an utterance and goes back with its end, so that
 * thousand callers of whom thirty speak need thirty decoders. What belongs to the caller, the mean of the line's spectrum,
 * stays here and makes the second utterance better than the first.
 */
#include "recogniser.h"

#include <sphinxbase/cmn.h>
#include <sphinxbase/feat.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * The acoustic model was trained on 16 kHz. Telephone speech has nothing above 4 kHz, and logarithms of nothing vary
 * wildly: a little noise over the whole band, 57 dB below full scale, halves the errors. The means are those of telephone
 * speech treated so; without them the first utterance is mostly wrong.
 */
static const int noise_amplitude = 80;
static const mfcc_t telephone_means[CEPSTRA] = {53.50f, -1.14f, 2.63f,  7.23f,  0.43f, -2.86f, -0.28f,
                                                -3.20f, -7.46f, 2.41f, -1.06f, 2.72f, -1.19f};
static const mfcc_t wideband_means[CEPSTRA] = {41.00f, -5.29f, -0.12f, 5.09f,  2.48f, -4.07f, -1.37f,
                                               -1.78f, -5.08f, -2.05f, -6.45f, -1.42f, 1.17f};

/* In seconds: the longest utterance, and how much may wait for a decoder. */
enum { LONGEST = 60, WAITING = 10 };

typedef struct stream {
    recogniser *plugin;
    pb_sink sink;
    model *expected;
    size_t rate;

    /* Held by whoever works on the utterance: push and close. */
    pthread_mutex_t work;
    decoder *borrowed;
    int16_t *waiting;
    size_t waiting_count, heard, since_partial;
    int16_t last;
    uint32_t noise;
    mfcc_t means[CEPSTRA];
    char *partial;
    bool failed;

    /* Held while emitting; also by cancel, which must not wait for work. */
    pthread_mutex_t voice;
    uint64_t item;
    bool answering; /* `item` has had no DONE yet */
    bool any;       /* `item` means something */
} stream;

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- Answers ----------------------------------------------------------------------------------------------- */

static void emit_frame(stream *s, uint32_t type, uint32_t flags, uint64_t item, const char *text) {
    pb_frame frame = {.type = type, .flags = flags, .item = item, .data = text, .length = text ? strlen(text) : 0};
    s->sink.emit(s->sink.context, &frame);
}

static void emit_partial(stream *s, const char *text) {
    pthread_mutex_lock(&s->voice);
    if (s->answering) emit_frame(s, PB_FRAME_TEXT, 0, s->item, text);
    pthread_mutex_unlock(&s->voice);
}

static void emit_final(stream *s, const char *text) {
    pthread_mutex_lock(&s->voice);
    if (s->answering) {
        emit_frame(s, PB_FRAME_TEXT, PB_FLAG_FINAL, s->item, text);
        emit_frame(s, PB_FRAME_DONE, 0, s->item, NULL);
    }
    s->answering = false;
    pthread_mutex_unlock(&s->voice);
}

static bool is_answering(stream *s) {
    pthread_mutex_lock(&s->voice);
    bool answering = s->answering;
    pthread_mutex_unlock(&s->voice);
    return answering;
}

static void fail(stream *s, const pb_error *error) {
    s->failed = true;
    pthread_mutex_lock(&s->voice);
    s->answering = false;
    s->sink.fail(s->sink.context, error);
    pthread_mutex_unlock(&s->voice);
}

/* --- The utterance ----------------------------------------------------------------------------------------- */

static void give_back(stream *s, bool dirty) {
    if (!s->borrowed) return;
    s->borrowed->dirty = dirty;
    decoder_release(s->plugin, s->borrowed);
    s->borrowed = NULL;
}

static void forget(stream *s) {
    give_back(s, true);
    free(s->waiting);
    free(s->partial);
    s->waiting = NULL;
    s->partial = NULL;
    s->waiting_count = s->heard = s->since_partial = 0;
    s->last = 0;
    s->noise = 2463534242u;
}

static int16_t clipped(int value) { return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value); }

static int next_noise(stream *s) {
    s->noise ^= s->noise << 13;
    s->noise ^= s->noise >> 17;
    s->noise ^= s->noise << 5;
    return (int)(s->noise % (unsigned)(2 * noise_amplitude + 1)) - noise_amplitude;
}

/* Doubles the rate of telephone speech and adds the noise. */
static size_t widen(stream *s, const int16_t *samples, size_t count, int16_t *wide) {
    for (size_t index = 0; index < count; index++) {
        wide[2 * index] = clipped((s->last + samples[index]) / 2 + next_noise(s));
        wide[2 * index + 1] = clipped(samples[index] + next_noise(s));
        s->last = samples[index];
    }
    return 2 * count;
}

static void decode(stream *s, const int16_t *samples, size_t count) {
    int16_t wide[1024];
    while (count > 0) {
        size_t piece = count < 512 ? count : 512;
        if (s->rate == 16000) {
            ps_process_raw(s->borrowed->sphinx, samples, piece, FALSE, FALSE);
        } else {
            ps_process_raw(s->borrowed->sphinx, wide, widen(s, samples, piece, wide), FALSE, FALSE);
        }
        samples += piece;
        count -= piece;
    }
}

/* Borrows a decoder and feeds it what waited for one. False if all are busy. */
static bool begin_decoding(stream *s, pb_error *error) {
    if (s->borrowed) return true;
    s->borrowed = decoder_acquire(s->plugin, s->expected, error);
    if (!s->borrowed) return false;
    ps_decoder_t *sphinx = s->borrowed->sphinx;
    /* Nothing of the caller before may colour this one. */
    ps_start_stream(sphinx);
    cmn_live_set(ps_get_feat(sphinx)->cmn_struct, s->means);
    ps_start_utt(sphinx);
    decode(s, s->waiting, s->waiting_count);
    s->waiting_count = 0;
    return true;
}

static void wait_with(stream *s, const int16_t *samples, size_t count, const pb_error *error) {
    if (!s->waiting) s->waiting = malloc(WAITING * s->rate * sizeof *s->waiting);
    if (!error->retryable || !s->waiting || s->waiting_count + count > WAITING * s->rate) {
        fail(s, error);
        forget(s);
        return;
    }
    memcpy(s->waiting + s->waiting_count, samples, count * sizeof *samples);
    s->waiting_count += count;
}

/* What is understood so far, where it has changed. */
static void report(stream *s) {
    const char *text = ps_get_hyp(s->borrowed->sphinx, NULL);
    if (!text || !*text || (s->partial && strcmp(text, s->partial) == 0)) return;
    free(s->partial);
    s->partial = strdup(text);
    emit_partial(s, text);
}

static void hear(stream *s, const int16_t *samples, size_t count) {
    pb_error error = {0};
    if (s->heard >= LONGEST * s->rate) return;
    s->heard += count;
    if (!begin_decoding(s, &error)) {
        wait_with(s, samples, count, &error);
        return;
    }
    /* The host joins frames that had to wait: a report is due every 200 ms all the same. */
    while (count > 0) {
        size_t until_report = s->rate / 5 - s->since_partial, piece = count < until_report ? count : until_report;
        decode(s, samples, piece);
        samples += piece;
        count -= piece;
        s->since_partial += piece;
        if (s->since_partial < s->rate / 5) continue;
        s->since_partial = 0;
        report(s);
    }
}

static void finish(stream *s) {
    pb_error error = {0};
    double begun = seconds_now();
    if (s->heard == 0) {
        emit_final(s, "");
    } else if (!begin_decoding(s, &error)) {
        fail(s, &error);
    } else {
        ps_decoder_t *sphinx = s->borrowed->sphinx;
        ps_end_utt(sphinx);
        const char *text = ps_get_hyp(sphinx, NULL);
        if (text && *text) cmn_live_get(ps_get_feat(sphinx)->cmn_struct, s->means);
        emit_final(s, text ? text : "");
        give_back(s, false);
        if (s->plugin->metrics) {
            pb_text name = {"final_seconds", 13};
            s->plugin->metrics->observe(s->plugin->metrics->context, name, seconds_now() - begun);
        }
    }
    forget(s);
}

/* Makes `item` the one that is being answered, after the one before. False if it has been answered or cancelled. */
static bool turn_to(stream *s, uint64_t item) {
    pthread_mutex_lock(&s->voice);
    bool same = s->any && s->item == item, answering = s->answering;
    pthread_mutex_unlock(&s->voice);
    if (same) return answering;
    if (answering) finish(s);
    forget(s);
    pthread_mutex_lock(&s->voice);
    s->any = s->answering = true;
    s->item = item;
    pthread_mutex_unlock(&s->voice);
    return !s->failed;
}

/* --- The table --------------------------------------------------------------------------------------------- */

static bool add_texts(phrase_list *list, struct json_object *texts) {
    if (!json_object_is_type(texts, json_type_array)) return false;
    for (size_t index = 0; index < json_object_array_length(texts); index++) {
        struct json_object *text = json_object_array_get_idx(texts, index);
        if (!json_object_is_type(text, json_type_string)) return false;
        phrases_add(list, json_object_get_string(text), (size_t)json_object_get_string_len(text));
    }
    return true;
}

static const char *read_phrases(struct json_object *options, phrase_list *list) {
    struct json_object *phrases, *intents, *examples;
    if (json_object_object_get_ex(options, "phrases", &phrases) && !add_texts(list, phrases)) return "phrases: must be a list of strings";
    if (!json_object_object_get_ex(options, "intents", &intents)) return NULL;
    if (!json_object_is_type(intents, json_type_array)) return "intents: must be a list";
    for (size_t index = 0; index < json_object_array_length(intents); index++) {
        struct json_object *intent = json_object_array_get_idx(intents, index);
        if (json_object_object_get_ex(intent, "examples", &examples) && !add_texts(list, examples)) return "intents[].examples: must be a list of strings";
    }
    return NULL;
}

static int32_t read_options(stream *s, struct json_object *options, pb_error *error) {
    struct json_object *rate, *language;
    s->rate = json_object_object_get_ex(options, "sample_rate", &rate) ? (size_t)json_object_get_int(rate) : 8000;
    if (s->rate != 8000 && s->rate != 16000) return refuse(error, PB_ERROR_INVALID, false, "sample_rate: must be 8000 or 16000");
    if (json_object_object_get_ex(options, "language", &language)) {
        const char *wanted = json_object_get_string(language), *ours = s->plugin->language;
        if (!wanted || strncasecmp(wanted, ours, strcspn(ours, "-")) != 0)
            return refuse(error, PB_ERROR_INVALID, false, "language: the model is for %s, not %s", ours, wanted ? wanted : "null");
    }
    phrase_list list = {0};
    const char *problem = read_phrases(options, &list);
    int32_t code = PB_OK;
    if (problem)
        code = refuse(error, PB_ERROR_INVALID, false, "%s", problem);
    else if (!(s->expected = model_acquire(s->plugin, &list, error)))
        code = error->code;
    phrases_free(&list);
    return code;
}

static void stream_free(stream *s) {
    forget(s);
    if (s->expected) model_release(s->plugin, s->expected);
    pthread_mutex_destroy(&s->work);
    pthread_mutex_destroy(&s->voice);
    free(s);
}

static int32_t stream_open(void *plugin, pb_text options, const pb_sink *sink, void **opened, pb_error *error) {
    stream *s = calloc(1, sizeof *s);
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *json = s && tokener ? json_tokener_parse_ex(tokener, options.bytes, (int)options.length) : NULL;
    if (tokener) json_tokener_free(tokener);
    if (!json_object_is_type(json, json_type_object)) {
        free(s);
        json_object_put(json);
        return refuse(error, PB_ERROR_INVALID, false, "options: must be an object");
    }
    s->plugin = plugin;
    s->sink = *sink;
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&s->voice, &recursive);
    pthread_mutex_init(&s->work, NULL);
    pthread_mutexattr_destroy(&recursive);
    int32_t code = read_options(s, json, error);
    json_object_put(json);
    if (code != PB_OK) {
        stream_free(s);
        return code;
    }
    memcpy(s->means, s->rate == 16000 ? wideband_means : telephone_means, sizeof s->means);
    forget(s);
    /* The first utterance finds a decoder ready; where there is none now, there may be one then. */
    pb_error later = {0};
    decoder *warm = decoder_acquire(s->plugin, s->expected, &later);
    if (warm) decoder_release(s->plugin, warm);
    *opened = s;
    return PB_OK;
}

static int32_t stream_push(void *pointer, const pb_frame *frame) {
    stream *s = pointer;
    pthread_mutex_lock(&s->work);
    if (!s->failed) {
        if (frame->type == PB_FRAME_AUDIO) {
            if (turn_to(s, frame->item)) hear(s, frame->data, frame->length / sizeof(int16_t));
        } else if (frame->type == PB_FRAME_DONE) {
            if (turn_to(s, frame->item)) finish(s);
        } else if (frame->type == PB_FRAME_END) {
            if (is_answering(s)) finish(s);
            if (!s->failed) emit_frame(s, PB_FRAME_END, 0, 0, NULL);
        }
        /* Cancelled meanwhile: the decoder is somebody else's. */
        if (!is_answering(s)) forget(s);
    }
    pthread_mutex_unlock(&s->work);
    return PB_OK;
}

static void stream_cancel(void *pointer, uint64_t item) {
    stream *s = pointer;
    pthread_mutex_lock(&s->voice);
    if (s->answering && (item == 0 || item == s->item)) {
        s->answering = false;
        emit_frame(s, PB_FRAME_DONE, 0, s->item, NULL);
    }
    pthread_mutex_unlock(&s->voice);
    /* Whoever works on it sees that it is no longer wanted. */
    if (pthread_mutex_trylock(&s->work) != 0) return;
    if (!is_answering(s)) forget(s);
    pthread_mutex_unlock(&s->work);
}

static void stream_close(void *pointer) { stream_free(pointer); }

const pb_stream_table recogniser_streams = {stream_open, stream_push, stream_cancel, stream_close};
