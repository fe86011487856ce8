/* Models by their phrases, and decoders that are borrowed for an utterance and go back. */
#include "recogniser.h"

#include <sphinxbase/err.h>
#include <sphinxbase/feat.h>
#include <sphinxbase/ngram_model.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_share(const void *left, const void *right) {
    double a = ((const common_word *)left)->share, b = ((const common_word *)right)->share;
    return a < b ? 1 : a > b ? -1 : 0;
}

bool recogniser_read_common(recogniser *plugin) {
    logmath_t *logarithms = logmath_init(1.0001, 0, 0);
    ngram_model_t *general = ngram_model_read(NULL, plugin->language_model, NGRAM_AUTO, logarithms);
    uint32_t count = general ? ngram_model_get_counts(general)[0] : 0;
    common_word *words = calloc(count + 1, sizeof *words);
    size_t found = 0;
    for (uint32_t index = 0; words && index < count; index++) {
        int32 used;
        const char *word = ngram_word(general, (int32)index);
        size_t bytes;
        if (!word || !dictionary_find(plugin->words, word, strlen(word), &bytes)) continue;
        words[found].word = strdup(word);
        words[found].share = logmath_exp(logarithms, ngram_ng_prob(general, (int32)index, NULL, 0, &used));
        if (words[found].word) found++;
    }
    if (general) ngram_model_free(general);
    logmath_free(logarithms);
    if (!words) return false;
    qsort(words, found, sizeof *words, by_share);
    size_t kept = found < (size_t)plugin->vocabulary ? found : (size_t)plugin->vocabulary;
    for (size_t index = kept; index < found; index++) free(words[index].word);
    common_word *fitting = realloc(words, (kept + 1) * sizeof *words);
    plugin->common = fitting ? fitting : words;
    plugin->common_count = kept;
    return count > 0;
}

enum { MODELS = sizeof((recogniser *)0)->models / sizeof(model) };

static model *find_model(recogniser *plugin, uint64_t key) {
    for (int index = 0; index < MODELS; index++)
        if (plugin->models[index].key == key) return &plugin->models[index];
    return NULL;
}

/* The place of the model that nobody uses and that was used longest ago. */
static model *free_place(recogniser *plugin) {
    model *oldest = NULL;
    for (int index = 0; index < MODELS; index++) {
        model *at = &plugin->models[index];
        if (at->users == 0 && (!oldest || at->used_last < oldest->used_last)) oldest = at;
    }
    if (oldest && oldest->key) model_free(oldest);
    return oldest;
}

model *model_acquire(recogniser *plugin, const phrase_list *phrases, pb_error *error) {
    uint64_t key = phrases_key(phrases);
    size_t unknown = 0;
    pthread_mutex_lock(&plugin->lock);
    model *found = find_model(plugin, key);
    if (!found) {
        found = free_place(plugin);
        if (!found) {
            refuse(error, PB_ERROR_UNAVAILABLE, true, "%d agents with different phrases are on the line at once; that is the limit", MODELS);
        } else if (!model_make(found, phrases, plugin->common, plugin->common_count, plugin->words, &unknown)) {
            refuse(error, PB_ERROR_INTERNAL, true, "no memory for a language model");
            found = NULL;
        } else {
            found->key = key;
        }
    }
    if (found) {
        found->users++;
        found->used_last = ++plugin->clock;
    }
    pthread_mutex_unlock(&plugin->lock);
    if (unknown) say(plugin, PB_LOG_WARNING, "%zu words of the agent's phrases cannot be pronounced and were left out", unknown);
    return found;
}

void model_release(recogniser *plugin, model *held) {
    pthread_mutex_lock(&plugin->lock);
    held->users--;
    pthread_mutex_unlock(&plugin->lock);
}

static ps_decoder_t *make_decoder(const recogniser *plugin, const model *wanted) {
    char words[64], language[64];
    snprintf(words, sizeof words, "/proc/self/fd/%d", wanted->dictionary);
    snprintf(language, sizeof language, "/proc/self/fd/%d", wanted->language);
    const char *second = plugin->second_pass ? "yes" : "no";
    /* The host knows where speech begins and ends: what it passes on is not to be thinned out again. */
    cmd_ln_t *options = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", plugin->acoustic_model, "-dict", words, "-samprate", "16000",
                                    "-remove_silence", "no", "-fwdflat", second, NULL);
    if (!options) return NULL;
    ps_decoder_t *sphinx = ps_init(options);
    ngram_model_t *grams = sphinx ? ngram_model_read(options, language, NGRAM_ARPA, ps_get_logmath(sphinx)) : NULL;
    bool fine = grams && ps_set_lm(sphinx, "calls", grams) == 0 && ps_set_search(sphinx, "calls") == 0;
    if (grams) ngram_model_free(grams);
    cmd_ln_free_r(options);
    if (sphinx && !fine) ps_free(sphinx);
    return fine ? sphinx : NULL;
}

/* An idle decoder of this model, else an empty place, else the idle decoder that was used longest ago. */
static decoder *choose(recogniser *plugin, uint64_t key) {
    decoder *oldest = NULL;
    for (int index = 0; index < plugin->decoder_count; index++) {
        decoder *at = &plugin->decoders[index];
        if (at->busy) continue;
        if (at->key == key) return at;
        if (!oldest || at->used_last < oldest->used_last) oldest = at;
    }
    if (plugin->decoder_count < plugin->limit) return &plugin->decoders[plugin->decoder_count++];
    return oldest;
}

decoder *decoder_acquire(recogniser *plugin, const model *wanted, pb_error *error) {
    pthread_mutex_lock(&plugin->lock);
    decoder *chosen = choose(plugin, wanted->key);
    if (chosen) {
        chosen->busy = true;
        chosen->used_last = ++plugin->clock;
    }
    pthread_mutex_unlock(&plugin->lock);
    if (!chosen) {
        refuse(error, PB_ERROR_UNAVAILABLE, true, "all %d decoders are listening to other callers", plugin->limit);
        error->retry_after_ms = 1000;
        return NULL;
    }
    if (chosen->dirty) ps_end_utt(chosen->sphinx);
    chosen->dirty = false;
    if (chosen->key == wanted->key) return chosen;
    /* Made outside the lock, since it takes some 30 ms; the place is ours meanwhile. */
    if (chosen->sphinx) ps_free(chosen->sphinx);
    chosen->sphinx = make_decoder(plugin, wanted);
    chosen->key = chosen->sphinx ? wanted->key : 0;
    if (chosen->sphinx) return chosen;
    decoder_release(plugin, chosen);
    refuse(error, PB_ERROR_INTERNAL, false, "no decoder can be made with the acoustic model %s", plugin->acoustic_model);
    return NULL;
}

void decoder_release(recogniser *plugin, decoder *borrowed) {
    pthread_mutex_lock(&plugin->lock);
    borrowed->busy = false;
    pthread_mutex_unlock(&plugin->lock);
}

void decoders_free(recogniser *plugin) {
    for (int index = 0; index < plugin->decoder_count; index++)
        if (plugin->decoders[index].sphinx) ps_free(plugin->decoders[index].sphinx);
    free(plugin->decoders);
}
