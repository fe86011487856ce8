/* What Flite can read: ASCII. Typography becomes its plain form, accents are dropped, signs it does not know are spoken. */
#include "plain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct replacement {
    uint32_t character;
    const char *plain;
} replacement;

static const replacement replacements[] = {
    {0xA0, " "},      {0xA3, " pounds "}, {0xAB, "\""},   {0xB0, " degrees "}, {0xBB, "\""},   {0xBD, " a half "},
    {0xC6, "AE"},     {0xDF, "ss"},       {0xE6, "ae"},   {0x152, "OE"},       {0x153, "oe"},  {0x2010, "-"},
    {0x2011, "-"},    {0x2013, ", "},     {0x2014, ", "}, {0x2018, "'"},       {0x2019, "'"},  {0x201C, "\""},
    {0x201D, "\""},   {0x201E, "\""},     {0x2022, ", "}, {0x2026, ". "},      {0x202F, " "},  {0x20AC, " euros "},
    {0x2192, ", "},   {0x2212, " minus "},
};

/* The letters from U+00C0 to U+00FF without their accents. */
static const char letters[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

static uint32_t next_character(const char **at, const char *end) {
    unsigned char first = (unsigned char)*(*at)++;
    if (first < 0x80) return first;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t character = more ? first & (0x3F >> more) : 0xFFFD;
    for (; more > 0 && *at < end && ((unsigned char)**at & 0xC0) == 0x80; more--) character = character << 6 | ((unsigned char)*(*at)++ & 0x3F);
    return character;
}

static const char *plain_form(uint32_t character, char *one) {
    one[0] = one[1] = 0;
    if (character < 0x80) {
        one[0] = character < 32 ? ' ' : (char)character;
        return one;
    }
    for (size_t index = 0; index < sizeof replacements / sizeof *replacements; index++)
        if (replacements[index].character == character) return replacements[index].plain;
    if (character >= 0xC0 && character <= 0xFF) one[0] = letters[character - 0xC0];
    return one;
}

char *plain_text(const char *text, size_t length) {
    const char *end = text + length;
    /* No replacement is longer than five times its UTF-8. */
    char *result = malloc(length * 5 + 1), *out = result, one[2];
    if (!result) return NULL;
    while (text < end) {
        const char *plain = plain_form(next_character(&text, end), one);
        size_t bytes = strlen(plain);
        memcpy(out, plain, bytes);
        out += bytes;
    }
    *out = 0;
    return result;
}
