/*
 * What callers are expected to say, as a trigram model with back-off.
 *
 * The phrases of the agent document and a few that belong to every telephone call are counted; Witten-Bell smoothing gives
 * each context a share for what was not seen after it, and everyday words get a tenth of it, so that a sentence
 * nobody foresaw is still heard as words. Small on purpose: a decoder over 3,000 words takes 6 MB and a twelfth of real
 * time; the general model takes 100 MB and a third.
 */
#include "recogniser.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "telephone.h"

/* How much of the unigrams the everyday words get, and how a telephone phrase counts beside one of the document. */
static const double everyday = 0.1, telephone = 0.25;

/* How much weight what was not seen gets, in parts of Witten and Bell's: an agent's examples are few, but they are meant. */
static const double openness = 0.25;

typedef struct entry {
    char *word;
    bool everyday;
    double count, share, probability, back_off;
} entry;

typedef struct gram {
    int32_t words[3];
    double count, probability, back_off;
} gram;

typedef struct gram_list {
    gram *grams;
    size_t count, capacity;
} gram_list;

typedef struct builder {
    const dictionary *words;
    entry *entries;
    size_t count, capacity;
    int32_t *slots;
    size_t mask;
    gram_list bigrams, trigrams;
    FILE *dictionary;
    size_t unknown;
    /* The phrase being counted. */
    double weight;
    int32_t before, last;
    bool failed;
} builder;

/* The beginning and the end of a phrase are words 0 and 1. NONE is where a word was left out. */
enum { BEGIN = 0, END = 1, NONE = -1 };

void phrases_add(phrase_list *list, const char *text, size_t length) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **grown = realloc(list->phrases, capacity * sizeof *grown);
        if (!grown) return;
        list->phrases = grown;
        list->capacity = capacity;
    }
    char *copy = strndup(text, length);
    if (copy) list->phrases[list->count++] = copy;
}

void phrases_free(phrase_list *list) {
    for (size_t index = 0; index < list->count; index++) free(list->phrases[index]);
    free(list->phrases);
}

uint64_t phrases_key(const phrase_list *list) {
    uint64_t hash = 14695981039346656037u;
    for (size_t index = 0; index < list->count; index++)
        for (const char *at = list->phrases[index]; at == list->phrases[index] || at[-1]; at++)
            hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    return hash ? hash : 1;
}

static int32_t *slot_of(const builder *b, const char *word) {
    uint64_t hash = 14695981039346656037u;
    for (const char *at = word; *at; at++) hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    size_t index = hash & b->mask;
    while (b->slots[index] >= 0 && strcmp(b->entries[b->slots[index]].word, word) != 0) index = (index + 1) & b->mask;
    return &b->slots[index];
}

static int32_t append_entry(builder *b, const char *word) {
    /* The table of slots is made for at most this many. */
    if (b->count == b->capacity) return NONE;
    char *copy = strdup(word);
    if (!copy) return NONE;
    b->entries[b->count] = (entry){.word = copy};
    return (int32_t)b->count++;
}

/* The number of a word, which is given a pronunciation when it is first met; NONE if it has none. */
static int32_t number_of(builder *b, const char *word) {
    int32_t *slot = slot_of(b, word);
    if (*slot >= 0) return *slot;
    char spelled[512];
    size_t bytes;
    const char *lines = dictionary_find(b->words, word, strlen(word), &bytes);
    if (!lines) {
        if (!pronounce(word, spelled, sizeof spelled)) {
            b->unknown++;
            return NONE;
        }
        lines = spelled;
        bytes = strlen(spelled);
    }
    int32_t number = append_entry(b, word);
    if (number == NONE) return NONE;
    fwrite(lines, 1, bytes, b->dictionary);
    *slot = number;
    return number;
}

static void append_gram(builder *b, gram_list *list, int32_t first, int32_t second, int32_t third) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 1024;
        gram *grown = realloc(list->grams, capacity * sizeof *grown);
        if (!grown) {
            b->failed = true;
            return;
        }
        list->grams = grown;
        list->capacity = capacity;
    }
    list->grams[list->count++] = (gram){.words = {first, second, third}, .count = b->weight, .back_off = 1};
}

static void count_number(builder *b, int32_t number) {
    if (number >= 0) {
        b->entries[number].count += b->weight;
        if (b->last != NONE) append_gram(b, &b->bigrams, b->last, number, NONE);
        if (b->last != NONE && b->before != NONE) append_gram(b, &b->trigrams, b->before, b->last, number);
    }
    b->before = b->last;
    b->last = number;
}

static void count_word(void *context, const char *word) { count_number(context, number_of(context, word)); }

static void count_phrase(builder *b, const char *text, size_t length, double weight) {
    b->weight = weight;
    b->before = NONE;
    b->last = BEGIN;
    words_of(text, length, count_word, b);
    if (b->last != BEGIN) count_number(b, END);
}

static int by_words(const void *left, const void *right) {
    const gram *a = left, *b = right;
    for (int index = 0; index < 3; index++)
        if (a->words[index] != b->words[index]) return a->words[index] < b->words[index] ? -1 : 1;
    return 0;
}

static void sort_and_merge(gram_list *list) {
    if (list->count == 0) return;
    qsort(list->grams, list->count, sizeof *list->grams, by_words);
    size_t kept = 0;
    for (size_t index = 1; index < list->count; index++) {
        if (by_words(&list->grams[kept], &list->grams[index]) == 0)
            list->grams[kept].count += list->grams[index].count;
        else
            list->grams[++kept] = list->grams[index];
    }
    list->count = kept + 1;
}

static void estimate_words(builder *b) {
    double total = 0, share = 0;
    for (size_t index = END; index < b->count; index++) {
        total += b->entries[index].count;
        share += b->entries[index].share;
    }
    double rest = share > 0 ? everyday : 0;
    for (size_t index = END; index < b->count; index++) {
        entry *word = &b->entries[index];
        word->probability = (1 - rest) * word->count / total + (share > 0 ? rest * word->share / share : 0);
    }
}

/* P(word | second word of a pair), which every trigram's ending has, since it was counted. */
static double pair_probability(const builder *b, int32_t first, int32_t second) {
    gram wanted = {.words = {first, second, NONE}};
    const gram *found = bsearch(&wanted, b->bigrams.grams, b->bigrams.count, sizeof wanted, by_words);
    return found ? found->probability : b->entries[second].probability;
}

/* Witten-Bell over each run of grams with the same context; `order` is the length of the grams. */
static void estimate_grams(builder *b, gram_list *list, int order) {
    for (size_t start = 0, end; start < list->count; start = end) {
        const int32_t *context = list->grams[start].words;
        double total = 0, given = 0, lower = 0;
        for (end = start; end < list->count && memcmp(list->grams[end].words, context, (size_t)(order - 1) * sizeof *context) == 0; end++)
            total += list->grams[end].count;
        double kinds = openness * (double)(end - start);
        for (size_t index = start; index < end; index++) {
            gram *at = &list->grams[index];
            double below = order == 2 ? b->entries[at->words[1]].probability : pair_probability(b, at->words[1], at->words[2]);
            at->probability = (at->count + kinds * below) / (total + kinds);
            given += at->probability;
            lower += below;
        }
        double back_off = lower < 0.999999 && given < 0.999999 ? (1 - given) / (1 - lower) : 1;
        if (order == 2) {
            b->entries[context[0]].back_off = back_off;
            continue;
        }
        gram wanted = {.words = {context[0], context[1], NONE}};
        gram *pair = bsearch(&wanted, b->bigrams.grams, b->bigrams.count, sizeof wanted, by_words);
        if (pair) pair->back_off = back_off;
    }
}

static double logarithm(double probability) { return probability > 1e-12 ? log10(probability) : -12; }

static void write_arpa(const builder *b, FILE *out) {
    fprintf(out, "\\data\\\nngram 1=%zu\nngram 2=%zu\nngram 3=%zu\n\n\\1-grams:\n", b->count, b->bigrams.count, b->trigrams.count);
    for (size_t index = 0; index < b->count; index++) {
        const entry *word = &b->entries[index];
        fprintf(out, "%.4f %s %.4f\n", index == BEGIN ? -99 : logarithm(word->probability), word->word, logarithm(word->back_off));
    }
    fprintf(out, "\n\\2-grams:\n");
    for (size_t index = 0; index < b->bigrams.count; index++) {
        const gram *at = &b->bigrams.grams[index];
        fprintf(out, "%.4f %s %s %.4f\n", logarithm(at->probability), b->entries[at->words[0]].word, b->entries[at->words[1]].word, logarithm(at->back_off));
    }
    fprintf(out, "\n\\3-grams:\n");
    for (size_t index = 0; index < b->trigrams.count; index++) {
        const gram *at = &b->trigrams.grams[index];
        fprintf(out, "%.4f %s %s %s\n", logarithm(at->probability), b->entries[at->words[0]].word, b->entries[at->words[1]].word, b->entries[at->words[2]].word);
    }
    fprintf(out, "\n\\end\\\n");
}

static bool builder_prepare(builder *b, size_t phrases, size_t common) {
    /* A phrase of the document brings at most some dozen words; more are left out. */
    b->capacity = 4096 + common + phrases * 16;
    size_t room = 1024;
    while (room < b->capacity * 2) room *= 2;
    b->mask = room - 1;
    b->entries = calloc(b->capacity, sizeof *b->entries);
    b->slots = malloc(room * sizeof *b->slots);
    if (!b->entries || !b->slots) return false;
    for (size_t index = 0; index < room; index++) b->slots[index] = -1;
    return append_entry(b, "<s>") == BEGIN && append_entry(b, "</s>") == END;
}

static void builder_free(builder *b) {
    for (size_t index = 0; index < b->count; index++) free(b->entries[index].word);
    free(b->entries);
    free(b->slots);
    free(b->bigrams.grams);
    free(b->trigrams.grams);
    if (b->dictionary) fclose(b->dictionary);
}

/* A file that lives in memory only, with a stream to write it by; its descriptor is kept when the stream is closed. */
static FILE *memory_file(const char *name, int *kept) {
    *kept = memfd_create(name, MFD_CLOEXEC);
    int writing = *kept < 0 ? -1 : dup(*kept);
    return writing < 0 ? NULL : fdopen(writing, "w");
}

bool model_make(model *made, const phrase_list *phrases, const common_word *common, size_t common_count,
                const dictionary *words, size_t *unknown) {
    builder b = {.words = words};
    made->language = made->dictionary = -1;
    FILE *language = memory_file("language", &made->language);
    b.dictionary = memory_file("words", &made->dictionary);
    bool fine = language && b.dictionary && builder_prepare(&b, phrases->count, common_count);
    if (fine) {
        for (size_t index = 0; index < phrases->count; index++) count_phrase(&b, phrases->phrases[index], strlen(phrases->phrases[index]), 1);
        for (size_t index = 0; index < sizeof telephone_phrases / sizeof *telephone_phrases; index++)
            count_phrase(&b, telephone_phrases[index], strlen(telephone_phrases[index]), telephone);
        for (size_t index = 0; index < common_count; index++) {
            int32_t number = number_of(&b, common[index].word);
            if (number >= 0) b.entries[number].share = common[index].share;
        }
        for (size_t index = 0; index < b.count; index++) b.entries[index].back_off = 1;
        sort_and_merge(&b.bigrams);
        sort_and_merge(&b.trigrams);
        estimate_words(&b);
        estimate_grams(&b, &b.bigrams, 2);
        estimate_grams(&b, &b.trigrams, 3);
        write_arpa(&b, language);
    }
    *unknown = b.unknown;
    fine = fine && !b.failed && fflush(b.dictionary) == 0;
    builder_free(&b);
    if (language && fclose(language) != 0) fine = false;
    if (!fine) model_free(made);
    return fine;
}

void model_free(model *made) {
    if (made->language >= 0) close(made->language);
    if (made->dictionary >= 0) close(made->dictionary);
    *made = (model){.language = -1, .dictionary = -1};
}
