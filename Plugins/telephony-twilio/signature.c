/* X-Twilio-Signature: HMAC-SHA1 over the URL and, for a form, its sorted parameters. */
#include "twilio.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    digit |= 32;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static char *decode(const char *from, size_t length) {
    char *text = malloc(length + 1), *at = text;
    if (!text) return NULL;
    for (size_t index = 0; index < length; index++) {
        if (from[index] == '+') {
            *at++ = ' ';
        } else if (from[index] == '%' && index + 2 < length && hex_value(from[index + 1]) >= 0 && hex_value(from[index + 2]) >= 0) {
            *at++ = (char)(hex_value(from[index + 1]) << 4 | hex_value(from[index + 2]));
            index += 2;
        } else {
            *at++ = from[index];
        }
    }
    *at = 0;
    return text;
}

int parse_form(const char *body, size_t length, parameters *found) {
    const char *end = body + length;
    *found = (parameters){NULL, 0};
    while (body < end) {
        const char *stop = memchr(body, '&', (size_t)(end - body));
        if (!stop) stop = end;
        const char *equals = memchr(body, '=', (size_t)(stop - body));
        const char *name_end = equals ? equals : stop;
        if (stop > body) {
            parameter *grown = realloc(found->items, (found->count + 1) * sizeof *grown);
            if (!grown) return -1;
            found->items = grown;
            parameter *item = &found->items[found->count++];
            item->name = decode(body, (size_t)(name_end - body));
            item->value = equals ? decode(equals + 1, (size_t)(stop - equals - 1)) : strdup("");
            if (!item->name || !item->value) return -1;
        }
        body = stop + 1;
    }
    return 0;
}

void free_parameters(parameters *found) {
    for (size_t index = 0; index < found->count; index++) {
        free(found->items[index].name);
        free(found->items[index].value);
    }
    free(found->items);
    *found = (parameters){NULL, 0};
}

const char *find_parameter(const parameters *found, const char *name) {
    for (size_t index = 0; index < found->count; index++)
        if (strcmp(found->items[index].name, name) == 0) return found->items[index].value;
    return "";
}

static int by_name_and_value(const void *left, const void *right) {
    const parameter *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->value, b->value);
}

/* What is appended to the URL: names and values, sorted, each pair once, the name once for each of its values. */
static char *signed_text(const parameters *form) {
    size_t length = 1;
    for (size_t index = 0; index < form->count; index++) length += strlen(form->items[index].name) + strlen(form->items[index].value);
    char *text = calloc(1, length);
    parameter *sorted = malloc((form->count + 1) * sizeof *sorted);
    if (text && sorted) {
        if (form->count) memcpy(sorted, form->items, form->count * sizeof *sorted);
        qsort(sorted, form->count, sizeof *sorted, by_name_and_value);
        char *at = text;
        for (size_t index = 0; index < form->count; index++) {
            if (index > 0 && by_name_and_value(&sorted[index - 1], &sorted[index]) == 0) continue;
            at = stpcpy(stpcpy(at, sorted[index].name), sorted[index].value);
        }
    }
    free(sorted);
    return text;
}

static int fits(const char *token, size_t token_length, const char *url, const char *suffix, const char *signature) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_length = 0;
    char expected[64];
    size_t length = strlen(url) + strlen(suffix);
    char *text = malloc(length + 1);
    if (!text) return 0;
    stpcpy(stpcpy(text, url), suffix);
    HMAC(EVP_sha1(), token, (int)token_length, (unsigned char *)text, length, digest, &digest_length);
    free(text);
    size_t expected_length = base64_encode(expected, digest, digest_length);
    return strlen(signature) == expected_length && CRYPTO_memcmp(expected, signature, expected_length) == 0;
}

/* The URL with its port removed, or with the scheme's own port added; the carrier's back end is not consistent here. */
static char *with_other_port(const char *url) {
    const char *host = strstr(url, "://");
    if (!host) return NULL;
    host += 3;
    const char *end = host + strcspn(host, "/?");
    const char *at = memchr(host, '@', (size_t)(end - host));
    const char *name = at ? at : host;
    const char *bracket = memchr(name, ']', (size_t)(end - name)); /* the colons of an IPv6 address are no port */
    const char *colon = memchr(bracket ? bracket : name, ':', (size_t)(end - (bracket ? bracket : name)));
    int is_secure = strncmp(url, "https", 5) == 0 || strncmp(url, "wss", 3) == 0;
    char *other = malloc(strlen(url) + 6);
    if (!other) return NULL;
    char *to = mempcpy(other, url, (size_t)((colon ? colon : end) - url));
    if (!colon) to = stpcpy(to, is_secure ? ":443" : ":80");
    stpcpy(to, end);
    return other;
}

/* ws:// for http:// and the reverse: which of them a media socket is signed with is not documented. */
static char *with_other_scheme(const char *url) {
    static const char *const pairs[][2] = {{"https://", "wss://"}, {"wss://", "https://"}, {"http://", "ws://"}, {"ws://", "http://"}};
    for (size_t index = 0; index < 4; index++) {
        size_t length = strlen(pairs[index][0]);
        if (strncmp(url, pairs[index][0], length) != 0) continue;
        char *other = malloc(strlen(url) + 4);
        if (other) stpcpy(stpcpy(other, pairs[index][1]), url + length);
        return other;
    }
    return NULL;
}

/* The same query, encoded anew: everything but letters, digits and -_.!~*'() as %XX, a space as `space`. */
static char *with_query_encoded(const char *url, const char *space) {
    static const char hex[] = "0123456789ABCDEF";
    const char *from = strchr(url, '?');
    char *other = from ? malloc(3 * strlen(url) + 1) : NULL;
    if (!other) return NULL;
    char *to = mempcpy(other, url, (size_t)(from - url) + 1);
    for (from++; *from; from++) {
        unsigned char byte = (unsigned char)*from;
        if (byte == '&' || byte == '=') {
            *to++ = (char)byte;
            continue;
        }
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%' && hex_value(from[1]) >= 0 && hex_value(from[2]) >= 0) {
            byte = (unsigned char)(hex_value(from[1]) << 4 | hex_value(from[2]));
            from += 2;
        }
        if (byte == ' ') {
            to = stpcpy(to, space);
        } else if ((byte && strchr("-_.!~*'()", byte)) || (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z')) {
            *to++ = (char)byte;
        } else {
            *to++ = '%';
            *to++ = hex[byte >> 4];
            *to++ = hex[byte & 15];
        }
    }
    *to = 0;
    return other;
}

static int fits_any_port(const char *token, size_t token_length, const char *url, const char *suffix, const char *signature) {
    char *other = with_other_port(url);
    int result = fits(token, token_length, url, suffix, signature) | (other ? fits(token, token_length, other, suffix, signature) : 0);
    free(other);
    return result;
}

int verify_signature(const char *token, size_t token_length, const char *url, const parameters *form, const char *signature) {
    char *suffix = form ? signed_text(form) : strdup("");
    if (!suffix) return 0;
    int result = fits_any_port(token, token_length, url, suffix, signature);
    char *variants[] = {with_other_scheme(url), with_query_encoded(url, "%20"), with_query_encoded(url, "+")};
    for (size_t index = 0; index < 3; index++) {
        if (!result && variants[index]) result = fits_any_port(token, token_length, variants[index], suffix, signature);
        free(variants[index]);
    }
    free(suffix);
    return result;
}

int verify_body_digest(const char *url, const void *body, size_t length) {
    const char *given = strstr(url, "bodySHA256=");
    unsigned char digest[32];
    unsigned digest_length = 0;
    if (!given || strlen(given + 11) < 64) return 0;
    given += 11;
    EVP_Digest(body, length, digest, &digest_length, EVP_sha256(), NULL);
    for (int index = 0; index < 32; index++)
        if (hex_value(given[2 * index]) != digest[index] >> 4 || hex_value(given[2 * index + 1]) != (digest[index] & 15)) return 0;
    return 1;
}
