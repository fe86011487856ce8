/*
 * scripted-provider: a provider that takes its time and fails as its configuration says. For tests and benchmarks only.
 *
 * Words are w0 to w63. Spoken, a word is a square wave whose level is one of mu-law's own values, so that it is known
 * again after any number of lines: what was said and what was heard can be compared word by word. Everything is emitted
 * from the host's timers.
 */
#include "patchbay.h"

#include <ctype.h>
#include <json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 160, WORDS = 64, LONGEST = 4000 };

typedef enum mode { FINE, REFUSE, STALL, DIE_FIRST, DIE_LATE, GARBAGE, SLOW, MUTE } mode;

static const char *const mode_names[] = {"fine", "refuse", "stall", "die_first", "die_late", "garbage", "slow", "mute"};

typedef struct provider {
    const pb_timer_v1 *timer;
    mode mode;
    int64_t skip;     /* so many items are fine first */
    int64_t faults;   /* then so many items, or opens, fail as the mode says */
    int64_t first_ms; /* before the first piece */
    int64_t piece_ms; /* between two pieces */
    int64_t slow_ms;  /* instead of first_ms, in the mode "slow" */
    int64_t word_ms;  /* how long a spoken word is */
    int64_t words;    /* how many words a reply has */
    int64_t sentence; /* how many words a sentence has */
    int timings;      /* the voice tells where words lie */
    int repeats;      /* a model that is to go on begins again instead */
} provider;

typedef struct stream {
    provider *plugin;
    pb_sink sink;
    char kind;          /* first letter of the interface */
    pthread_mutex_t lock;
    int dead;
    uint64_t timer;
    mode mode;          /* for the item at hand */
    uint64_t item;
    int script[LONGEST]; /* words to be given, in order */
    int count;
    int next;           /* piece to be given next */
    int pieces;
    int finished;       /* no more is to come for the item */
    int heard[WORDS];   /* recognition: words of the item so far */
    int heard_count;
    int level;          /* the word being heard, -1: silence */
    int run;            /* samples of it */
    int ended;          /* recognition: the caller has stopped */
} stream;

static int level_of(int word) {
    int code = 0x7F - word;
    int sample = ((code & 0x0F) << 3) + 0x84;
    return (sample << ((code & 0x70) >> 4)) - 0x84;
}

static int word_of(int sample) {
    int best = -1, distance = 200;
    for (int word = 0; word < WORDS; word++) {
        int away = abs(level_of(word) - abs(sample));
        if (away < distance) best = word, distance = away;
    }
    return best;
}

static void fill(pb_error *error, int32_t code, uint32_t retryable, const char *message) {
    memset(error, 0, sizeof *error);
    error->code = code;
    error->retryable = retryable;
    error->message_length = (uint32_t)strlen(message);
    memcpy(error->message, message, error->message_length);
}

static void send(stream *self, uint32_t type, uint32_t flags, const void *data, size_t length) {
    pb_frame frame = {.type = type, .flags = flags, .item = self->item, .data = data, .length = length};
    self->sink.emit(self->sink.context, &frame);
}

static void die(stream *self) {
    pb_error error;
    fill(&error, PB_ERROR_UNAVAILABLE, 1, "died as told");
    self->dead = 1;
    self->sink.fail(self->sink.context, &error);
}

/* MARK: Pieces */

static int pieces_of(stream *self) {
    switch (self->kind) {
    case 'l': return self->count;
    case 't': return (int)(self->count * (self->plugin->word_ms / 20)) + (self->plugin->timings ? 1 : 0);
    default: return 1;
    }
}

static void give_timings(stream *self) {
    struct json_object *words = json_object_new_array();
    for (int index = 0; index < self->count; index++) {
        struct json_object *word = json_object_new_object();
        char text[8];
        snprintf(text, sizeof text, "w%d", self->script[index]);
        json_object_object_add(word, "text", json_object_new_string(text));
        json_object_object_add(word, "start_ms", json_object_new_int64(index * self->plugin->word_ms));
        json_object_object_add(word, "end_ms", json_object_new_int64((index + 1) * self->plugin->word_ms));
        json_object_array_add(words, word);
    }
    struct json_object *message = json_object_new_object();
    json_object_object_add(message, "words", words);
    const char *text = json_object_to_json_string(message);
    send(self, PB_FRAME_JSON, 0, text, strlen(text));
    json_object_put(message);
}

static void give_audio(stream *self, int piece) {
    if (self->plugin->timings && piece-- == 0) return give_timings(self);
    int level = level_of(self->script[piece / (self->plugin->word_ms / 20)]);
    int16_t audio[FRAME];
    for (int index = 0; index < FRAME; index++) audio[index] = (int16_t)(index % 2 ? -level : level);
    send(self, PB_FRAME_AUDIO, 0, audio, sizeof audio);
}

static void give_transcript(stream *self, uint32_t flags) {
    char text[8 * WORDS] = "";
    for (int index = 0; index < self->heard_count; index++)
        sprintf(text + strlen(text), "%sw%d", index ? " " : "", self->heard[index]);
    send(self, PB_FRAME_TEXT, flags, text, strlen(text));
}

static void give(stream *self, int piece) {
    char text[16];
    switch (self->kind) {
    case 'a': give_transcript(self, PB_FLAG_FINAL); break;
    case 'i': send(self, PB_FRAME_JSON, 0, "{\"labels\":[]}", 13); break;
    case 'l':
        snprintf(text, sizeof text, "w%d%s ", self->script[piece], (self->script[piece] + 1) % self->plugin->sentence == 0 ? "." : "");
        send(self, PB_FRAME_TEXT, 0, text, strlen(text));
        break;
    default: give_audio(self, piece); break;
    }
}

static void garbage(stream *self) {
    static const uint32_t wrong[] = {['a'] = PB_FRAME_VECTOR, ['i'] = PB_FRAME_AUDIO, ['l'] = PB_FRAME_BYTES, ['t'] = PB_FRAME_TEXT};
    static const float nonsense[2] = {1, 2};
    send(self, wrong[(int)self->kind], 0, nonsense, sizeof nonsense);
}

static void arm(stream *self, int64_t milliseconds);

/* The next piece is due. Called with the lock held. */
static void step(stream *self) {
    self->timer = 0;
    if (self->dead || self->finished) return;
    int late = self->pieces * 3 / 4;
    if (self->mode == STALL && self->next >= (self->kind == 'a' || self->kind == 'i' ? 0 : 1)) return;
    if (self->mode == DIE_FIRST && self->next >= 1) return die(self);
    if (self->mode == DIE_LATE && self->next >= late) return die(self);
    if (self->mode == GARBAGE) return garbage(self);
    if (self->mode == MUTE) self->next = self->pieces;
    if (self->next < self->pieces) {
        give(self, self->next++);
        if (self->dead) return;
    }
    if (self->next < self->pieces) return arm(self, self->plugin->piece_ms);
    if (self->mode == DIE_FIRST || self->mode == DIE_LATE) return die(self);
    self->finished = 1;
    send(self, PB_FRAME_DONE, 0, NULL, 0);
}

static void fire(void *context) {
    stream *self = context;
    pthread_mutex_lock(&self->lock);
    step(self);
    pthread_mutex_unlock(&self->lock);
}

static void arm(stream *self, int64_t milliseconds) {
    const pb_timer_v1 *timer = self->plugin->timer;
    self->timer = timer->start(timer->context, (uint64_t)milliseconds * 1000, fire, self);
}

/* Takes the fault for an item, if any is left. */
static mode take_mode(provider *plugin) {
    if (plugin->mode == REFUSE || plugin->faults <= 0) return FINE;
    if (plugin->skip > 0) {
        plugin->skip--;
        return FINE;
    }
    plugin->faults--;
    return plugin->mode;
}

static void begin_answer(stream *self) {
    self->next = 0;
    self->finished = 0;
    self->pieces = pieces_of(self);
    arm(self, self->mode == SLOW ? self->plugin->slow_ms : self->plugin->first_ms);
}

/* MARK: Input */

static void script_reply(stream *self, const char *text, size_t length) {
    char *copy = strndup(text, length);
    struct json_object *prompt = json_tokener_parse(copy), *messages = NULL;
    free(copy);
    int said = -1;
    if (prompt && json_object_object_get_ex(prompt, "messages", &messages)) {
        size_t count = json_object_array_length(messages);
        /* Asked to go on: the last word of what the assistant said stands before the note at the end. */
        if (count >= 2) {
            struct json_object *role = NULL, *content = NULL, *last = json_object_array_get_idx(messages, count - 2);
            json_object_object_get_ex(last, "role", &role);
            json_object_object_get_ex(last, "content", &content);
            const char *words = content ? json_object_get_string(content) : "";
            const char *word = strrchr(words, 'w');
            if (role && strcmp(json_object_get_string(role), "assistant") == 0 && word && !self->plugin->repeats)
                said = atoi(word + 1);
        }
        struct json_object *role = NULL, *end = json_object_array_get_idx(messages, count - 1);
        json_object_object_get_ex(end, "role", &role);
        if (!role || strcmp(json_object_get_string(role), "system") != 0) said = -1;
    }
    if (prompt) json_object_put(prompt);
    self->count = 0;
    for (int word = said + 1; word < self->plugin->words; word++) self->script[self->count++] = word;
}

static void script_speech(stream *self, const char *text, size_t length) {
    self->count = 0;
    for (size_t index = 0; index + 1 < length && self->count < LONGEST; index++)
        if (text[index] == 'w' && isdigit((unsigned char)text[index + 1])) self->script[self->count++] = atoi(text + index + 1) % WORDS;
}

/* Recognition tells each word as soon as it has lasted three frames. */
static void hear(stream *self, const int16_t *audio, size_t count) {
    for (size_t index = 0; index < count; index++) {
        int word = abs(audio[index]) < 1000 ? -1 : word_of(audio[index]);
        self->run = word == self->level ? self->run + 1 : 1;
        self->level = word;
        if (word < 0 || self->run != 3 * FRAME || self->heard_count == WORDS) continue;
        self->heard[self->heard_count++] = word;
        if (self->mode == FINE || self->mode == DIE_FIRST || self->mode == DIE_LATE) give_transcript(self, 0);
        if (self->mode == DIE_FIRST) return die(self);
    }
}

static void new_item(stream *self, uint64_t item) {
    self->item = item;
    self->mode = take_mode(self->plugin);
    self->heard_count = 0;
    self->level = -1;
    self->run = 0;
    self->count = 0;
}

static int32_t push(void *context, const pb_frame *frame) {
    stream *self = context;
    pthread_mutex_lock(&self->lock);
    if (!self->dead) {
        if (frame->item != self->item) new_item(self, frame->item);
        switch (frame->type) {
        case PB_FRAME_AUDIO: hear(self, frame->data, frame->length / 2); break;
        case PB_FRAME_JSON: script_reply(self, frame->data, frame->length); break;
        case PB_FRAME_TEXT: script_speech(self, frame->data, frame->length); break;
        case PB_FRAME_DONE: begin_answer(self); break;
        default: break;
        }
    }
    pthread_mutex_unlock(&self->lock);
    return PB_OK;
}

static void cancel(void *context, uint64_t item) {
    stream *self = context;
    pthread_mutex_lock(&self->lock);
    int hits = !self->dead && !self->finished && (item == 0 || item == self->item) && self->item != 0;
    uint64_t timer = hits ? self->timer : 0;
    if (hits) self->finished = 1, self->timer = 0;
    pthread_mutex_unlock(&self->lock);
    /* Not while the lock is held: it waits for the timer's function, which waits for the lock. */
    if (timer) self->plugin->timer->cancel(self->plugin->timer->context, timer);
    if (hits) send(self, PB_FRAME_DONE, 0, NULL, 0);
}

static void close_stream(void *context) {
    stream *self = context;
    pthread_mutex_lock(&self->lock);
    self->dead = 1;
    uint64_t timer = self->timer;
    pthread_mutex_unlock(&self->lock);
    if (timer) self->plugin->timer->cancel(self->plugin->timer->context, timer);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static int32_t open_stream(provider *plugin, char kind, const pb_sink *sink, void **opened, pb_error *error) {
    if (plugin->mode == REFUSE && plugin->faults > 0) {
        plugin->faults--;
        fill(error, PB_ERROR_UNAVAILABLE, 1, "refused as told");
        return PB_ERROR_UNAVAILABLE;
    }
    stream *made = calloc(1, sizeof *made);
    made->plugin = plugin;
    made->sink = *sink;
    made->kind = kind;
    made->level = -1;
    made->finished = 1;
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&made->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    *opened = made;
    return PB_OK;
}

/* A table does not say which interface it was found for, so there is one for each. */
#define TABLE(name)                                                                                                 \
    static int32_t open_##name(void *plugin, pb_text options, const pb_sink *sink, void **opened, pb_error *error) { \
        (void)options;                                                                                              \
        return open_stream(plugin, #name[0], sink, opened, error);                                                  \
    }                                                                                                               \
    static const pb_stream_table name##_table = {open_##name, push, cancel, close_stream};

TABLE(asr)
TABLE(intent)
TABLE(llm)
TABLE(tts)

static const pb_stream_table *find(void *plugin, const char *id) {
    (void)plugin;
    if (strcmp(id, PB_ASR) == 0) return &asr_table;
    if (strcmp(id, PB_INTENT) == 0) return &intent_table;
    if (strcmp(id, PB_LLM) == 0) return &llm_table;
    return strcmp(id, PB_TTS) == 0 ? &tts_table : NULL;
}

static int64_t number(struct json_object *config, const char *key, int64_t otherwise) {
    struct json_object *value = NULL;
    return json_object_object_get_ex(config, key, &value) ? json_object_get_int64(value) : otherwise;
}

static int32_t create(const pb_host *host, pb_text config, void **plugin, pb_error *error) {
    char *text = strndup(config.bytes ? config.bytes : "{}", config.length ? config.length : 2);
    struct json_object *parsed = json_tokener_parse(text), *value = NULL;
    free(text);
    const pb_timer_v1 *timer = host->service(host->context, "patchbay.timer/1");
    if (!parsed || !timer) {
        fill(error, PB_ERROR_INVALID, 0, "the configuration is no JSON, or the host has no timer");
        return PB_ERROR_INVALID;
    }
    provider *made = calloc(1, sizeof *made);
    made->timer = timer;
    if (json_object_object_get_ex(parsed, "mode", &value))
        for (size_t index = 0; index < sizeof mode_names / sizeof *mode_names; index++)
            if (strcmp(mode_names[index], json_object_get_string(value)) == 0) made->mode = (mode)index;
    made->faults = number(parsed, "faults", 1000000);
    made->skip = number(parsed, "skip", 0);
    made->first_ms = number(parsed, "first_ms", 60);
    made->piece_ms = number(parsed, "piece_ms", 5);
    made->slow_ms = number(parsed, "slow_ms", 30000);
    made->word_ms = number(parsed, "word_ms", 200);
    made->words = number(parsed, "words", 12);
    made->sentence = number(parsed, "sentence", 4);
    made->timings = (int)number(parsed, "timings", 0);
    made->repeats = (int)number(parsed, "repeats", 0);
    json_object_put(parsed);
    *plugin = made;
    return PB_OK;
}

#ifndef SCRIPTED_NAME
#define SCRIPTED_NAME "scripted-provider"
#define SCRIPTED_KIND "llm"
#endif

#define TEXT(literal) {literal, sizeof(literal) - 1}

PB_EXPORT const pb_plugin *patchbay_plugin_v1(void) {
    static const pb_plugin plugin = {
        .abi = PB_ABI,
        .size = sizeof(pb_plugin),
        .name = TEXT(SCRIPTED_NAME),
        .kind = TEXT(SCRIPTED_KIND),
        .version = TEXT("1.0.0"),
        .config_schema = TEXT(""),
        .create = create,
        .find = find,
        .destroy = free,
    };
    return &plugin;
}
