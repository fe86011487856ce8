/* Text to words, words to pronunciations. */
#include "recogniser.h"

#include <flite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From libflite_cmulex, which has no header: a lexicon with letter-to-sound rules. */
cst_lexicon *cmu_lex_init(void);

struct dictionary {
    char *text;
    size_t length;
    uint32_t *slots; /* offset + 1 of a word's first line; 0: empty */
    size_t mask;
};

static uint64_t hash_of(const char *bytes, size_t length) {
    uint64_t hash = 14695981039346656037u;
    for (size_t index = 0; index < length; index++) hash = (hash ^ (unsigned char)bytes[index]) * 1099511628211u;
    return hash;
}

/* The length of the word a line begins with, without the number of a variant: "read(2) R EH D" is a line of "read". */
static size_t word_length(const char *line, const char *end) {
    size_t length = 0;
    while (line + length < end && line[length] != ' ' && line[length] != '\t' && line[length] != '\n' && line[length] != '(')
        length++;
    return length;
}

static const char *line_end(const char *line, const char *end) {
    const char *at = memchr(line, '\n', (size_t)(end - line));
    return at ? at + 1 : end;
}

static uint32_t *slot_of(const dictionary *words, const char *word, size_t length) {
    const char *end = words->text + words->length;
    size_t index = hash_of(word, length) & words->mask;
    for (; words->slots[index]; index = (index + 1) & words->mask) {
        const char *line = words->text + words->slots[index] - 1;
        if (word_length(line, end) == length && memcmp(line, word, length) == 0) break;
    }
    return &words->slots[index];
}

static bool read_all(const char *path, char **text, size_t *length) {
    FILE *file = fopen(path, "re");
    if (!file) return false;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    *text = size > 0 && size < (64 << 20) ? malloc((size_t)size) : NULL;
    *length = *text ? fread(*text, 1, (size_t)size, file) : 0;
    fclose(file);
    return *length > 0 && *length == (size_t)size;
}

dictionary *dictionary_read(const char *path) {
    dictionary *words = calloc(1, sizeof *words);
    if (!words || !read_all(path, &words->text, &words->length)) {
        dictionary_free(words);
        return NULL;
    }
    const char *end = words->text + words->length;
    size_t lines = 1, room = 1024;
    for (size_t index = 0; index < words->length; index++) lines += words->text[index] == '\n';
    while (room < lines * 2) room *= 2;
    words->mask = room - 1;
    words->slots = calloc(room, sizeof *words->slots);
    if (!words->slots) {
        dictionary_free(words);
        return NULL;
    }
    for (const char *line = words->text; line < end; line = line_end(line, end)) {
        size_t length = word_length(line, end);
        if (length == 0) continue;
        uint32_t *slot = slot_of(words, line, length);
        if (!*slot) *slot = (uint32_t)(line - words->text) + 1;
    }
    return words;
}

void dictionary_free(dictionary *words) {
    if (!words) return;
    free(words->text);
    free(words->slots);
    free(words);
}

const char *dictionary_find(const dictionary *words, const char *word, size_t length, size_t *bytes) {
    uint32_t slot = *slot_of(words, word, length);
    if (!slot) return NULL;
    const char *first = words->text + slot - 1, *end = words->text + words->length, *line = first;
    /* A word's variants follow its first line. */
    while (line < end && word_length(line, end) == length && memcmp(line, word, length) == 0) line = line_end(line, end);
    *bytes = (size_t)(line - first);
    return first;
}

bool pronounce(const char *word, char *line, size_t capacity) {
    size_t used = (size_t)snprintf(line, capacity, "%s", word);
    bool spoken = false;
    cst_val *phones = lex_lookup(cmu_lex_init(), word, NULL, NULL);
    for (const cst_val *at = phones; at && used + 8 < capacity; at = val_cdr(at)) {
        /* The lexicon writes "ax" for the schwa and marks stress by a digit; the model does neither. */
        const char *phone = val_string(val_car(at));
        if (strncmp(phone, "ax", 2) == 0) phone = "ah";
        line[used++] = ' ';
        for (; *phone && !(*phone >= '0' && *phone <= '9') && used + 2 < capacity; phone++) line[used++] = (char)(*phone - 32);
        spoken = true;
    }
    if (phones) delete_val(phones);
    line[used++] = '\n';
    line[used] = 0;
    return spoken && used + 8 < capacity;
}

static const char *const below_twenty[] = {
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const char *const tens[] = {"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};

/* Up to 999 as a number, longer ones digit by digit, as people say them. */
static void say_number(const char *digits, size_t length, void (*found)(void *, const char *), void *context) {
    if (length > 3 || (length > 1 && digits[0] == '0')) {
        for (size_t index = 0; index < length; index++) found(context, below_twenty[digits[index] - '0']);
        return;
    }
    int number = 0;
    for (size_t index = 0; index < length; index++) number = number * 10 + digits[index] - '0';
    if (number >= 100) {
        found(context, below_twenty[number / 100]);
        found(context, "hundred");
        if (number % 100 == 0) return;
        number %= 100;
    }
    if (number >= 20) found(context, tens[number / 10]);
    if (number < 20)
        found(context, below_twenty[number]);
    else if (number % 10)
        found(context, below_twenty[number % 10]);
}

void words_of(const char *text, size_t length, void (*found)(void *context, const char *word), void *context) {
    char word[64];
    for (size_t at = 0; at < length;) {
        size_t used = 0, start = at;
        while (at < length && text[at] >= '0' && text[at] <= '9') at++;
        if (at > start) {
            say_number(text + start, at - start, found, context);
            continue;
        }
        for (; at < length && used < sizeof word - 1; at++) {
            unsigned char letter = (unsigned char)text[at];
            /* The typographic apostrophe. */
            if (letter == 0xE2 && at + 2 < length && (unsigned char)text[at + 1] == 0x80 && (unsigned char)text[at + 2] == 0x99) {
                letter = '\'';
                at += 2;
            }
            if (letter >= 'A' && letter <= 'Z') letter |= 32;
            if (!((letter >= 'a' && letter <= 'z') || letter >= 128 || (letter == '\'' && used > 0))) break;
            word[used++] = (char)letter;
        }
        while (used > 0 && word[used - 1] == '\'') used--;
        word[used] = 0;
        if (used > 0) found(context, word);
        if (at == start) at++;
    }
}
