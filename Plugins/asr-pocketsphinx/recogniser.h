/* What the parts of asr-pocketsphinx know of each other. See README.md for the whole. */
#ifndef RECOGNISER_H
#define RECOGNISER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <json.h>
#include <patchbay.h>
#include <pocketsphinx.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cepstral coefficients of the acoustic model. */
enum { CEPSTRA = 13 };

/* --- words.c: text to words, words to pronunciations ------------------------------------------------------- */

typedef struct dictionary dictionary;

/* Reads a pronouncing dictionary ("word PH ON EM" a line); NULL if there is none at `path`. */
dictionary *dictionary_read(const char *path);
void dictionary_free(dictionary *words);

/* The lines of a word, its variants included, as they stand in the file; NULL if it is unknown. */
const char *dictionary_find(const dictionary *words, const char *word, size_t length, size_t *bytes);

/* Writes "word PH ON EM\n" by rules of spelling; false for what cannot be spoken. */
bool pronounce(const char *word, char *line, size_t capacity);

/* Splits text into words as people say them: small letters, numbers spelled out. Calls `found` for each. */
void words_of(const char *text, size_t length, void (*found)(void *context, const char *word), void *context);

/* --- model.c: what callers are expected to say, as a language model ---------------------------------------- */

/* A word of everyday language and how often it is used. */
typedef struct common_word {
    char *word;
    double share;
} common_word;

/* An ARPA language model and the dictionary of its words, each in a file that lives in memory only. */
typedef struct model {
    uint64_t key; /* of the phrases it was made from */
    int language, dictionary; /* descriptors */
    int users;
    uint64_t used_last;
} model;

typedef struct phrase_list {
    char **phrases;
    size_t count, capacity;
} phrase_list;

void phrases_add(phrase_list *list, const char *text, size_t length);
void phrases_free(phrase_list *list);
uint64_t phrases_key(const phrase_list *list);

/* Makes a model; false without memory. `unknown` counts the words that were left out. */
bool model_make(model *made, const phrase_list *phrases, const common_word *common, size_t common_count,
                const dictionary *words, size_t *unknown);
void model_free(model *made);

/* --- pool.c: decoders, borrowed for an utterance ----------------------------------------------------------- */

typedef struct decoder {
    ps_decoder_t *sphinx;
    uint64_t key;
    uint64_t used_last;
    bool busy;
    bool dirty; /* its last utterance was dropped in the middle */
} decoder;

typedef struct recogniser {
    const pb_log_v1 *log;
    const pb_metrics_v1 *metrics;
    char *acoustic_model, *dictionary_path, *language_model, *language;
    int limit, vocabulary;
    bool second_pass;
    dictionary *words;
    common_word *common;
    size_t common_count;
    pthread_mutex_t lock; /* of everything below */
    decoder *decoders;
    int decoder_count;
    model models[16];
    uint64_t clock;
} recogniser;

/* The most frequent words of the general language model, read once. */
bool recogniser_read_common(recogniser *plugin);

/* Finds or makes the model for the phrases; holds it until `release`. NULL with `error` filled. */
model *model_acquire(recogniser *plugin, const phrase_list *phrases, pb_error *error);
void model_release(recogniser *plugin, model *held);

/* A decoder for a model, ready for `ps_start_utt`. NULL if all are busy (`error` is retryable), or none can be made (it is not). */
decoder *decoder_acquire(recogniser *plugin, const model *wanted, pb_error *error);
void decoder_release(recogniser *plugin, decoder *borrowed);
void decoders_free(recogniser *plugin);

/* --- stream.c ---------------------------------------------------------------------------------------------- */

extern const pb_stream_table recogniser_streams;

/* --- plugin.c ---------------------------------------------------------------------------------------------- */

int32_t refuse(pb_error *error, int32_t code, bool retryable, const char *format, ...) __attribute__((format(printf, 4, 5)));
void say(const recogniser *plugin, uint32_t level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
