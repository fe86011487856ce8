/* mu-law and base64, both by table. */
#include "twilio.h"

/* ITU-T G.711: the code's bits are inverted; sign, three bits of exponent, four of mantissa; 33 is the bias at 14 bits,
 * 132 at 16. */
static int16_t expand(uint8_t code) {
    code = (uint8_t)~code;
    int magnitude = (((code & 15) << 3) + 132) << ((code >> 4) & 7);
    return (int16_t)(code & 128 ? 132 - magnitude : magnitude - 132);
}

static uint8_t compress(int sample) {
    int sign = sample < 0 ? 128 : 0;
    int magnitude = sample < 0 ? -sample : sample;
    if (magnitude > 32635) magnitude = 32635;
    magnitude += 132;
    int exponent = 31 - __builtin_clz((unsigned)magnitude) - 7;
    return (uint8_t)~(sign | exponent << 4 | ((magnitude >> (exponent + 3)) & 15));
}

static int16_t expanded[256];
static uint8_t compressed[1 << 14]; /* by the sample's upper 14 bits: the lower two never matter */
static int8_t digit_values[256];
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Constants, filled before the library's entry can be called. */
__attribute__((constructor)) static void fill_tables(void) {
    for (int code = 0; code < 256; code++) expanded[code] = expand((uint8_t)code);
    for (int index = 0; index < 1 << 14; index++) compressed[index] = compress((int16_t)(index << 2));
    for (int byte = 0; byte < 256; byte++) digit_values[byte] = -1;
    for (int value = 0; value < 64; value++) digit_values[(uint8_t)digits[value]] = (int8_t)value;
}

void mulaw_decode(int16_t *to, const uint8_t *from, size_t count) {
    for (size_t index = 0; index < count; index++) to[index] = expanded[from[index]];
}

void mulaw_encode(uint8_t *to, const int16_t *from, size_t count) {
    for (size_t index = 0; index < count; index++) to[index] = compressed[(uint16_t)from[index] >> 2];
}

size_t base64_encode(char *to, const uint8_t *from, size_t length) {
    char *at = to;
    while (length >= 3) {
        uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        at[0] = digits[bits >> 18];
        at[1] = digits[bits >> 12 & 63];
        at[2] = digits[bits >> 6 & 63];
        at[3] = digits[bits & 63];
        at += 4;
        from += 3;
        length -= 3;
    }
    if (length > 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (length == 2 ? (uint32_t)from[1] << 8 : 0);
        at[0] = digits[bits >> 18];
        at[1] = digits[bits >> 12 & 63];
        at[2] = length == 2 ? digits[bits >> 6 & 63] : '=';
        at[3] = '=';
        at += 4;
    }
    return (size_t)(at - to);
}

long base64_decode(uint8_t *to, const char *from, size_t length) {
    uint8_t *at = to;
    if (length % 4 != 0) return -1;
    while (length > 4) {
        int a = digit_values[(uint8_t)from[0]], b = digit_values[(uint8_t)from[1]];
        int c = digit_values[(uint8_t)from[2]], d = digit_values[(uint8_t)from[3]];
        if ((a | b | c | d) < 0) return -1;
        uint32_t bits = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | (uint32_t)d;
        at[0] = (uint8_t)(bits >> 16);
        at[1] = (uint8_t)(bits >> 8);
        at[2] = (uint8_t)bits;
        at += 3;
        from += 4;
        length -= 4;
    }
    if (length == 4) {
        int a = digit_values[(uint8_t)from[0]], b = digit_values[(uint8_t)from[1]];
        int padding = from[3] == '=' ? from[2] == '=' ? 2 : 1 : 0;
        int c = padding == 2 ? 0 : digit_values[(uint8_t)from[2]], d = padding ? 0 : digit_values[(uint8_t)from[3]];
        if ((a | b | c | d) < 0) return -1;
        uint32_t bits = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | (uint32_t)d;
        *at++ = (uint8_t)(bits >> 16);
        if (padding < 2) *at++ = (uint8_t)(bits >> 8);
        if (padding < 1) *at++ = (uint8_t)bits;
    }
    return at - to;
}
