/* One pass over a message that keeps the few members that matter as slices. It accepts any order, any white space and any
 * further members; it checks structure, not every rule of JSON. */
#include "twilio.h"

#include <string.h>

typedef struct cursor {
    const char *at, *end;
    message *found;
    int escapes; /* the last string had a backslash */
} cursor;

static void skip_space(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) c->at++;
}

static int take(cursor *c, char wanted) {
    skip_space(c);
    if (c->at >= c->end || *c->at != wanted) return 0;
    c->at++;
    return 1;
}

static int take_string(cursor *c, slice *text) {
    if (!take(c, '"')) return 0;
    text->start = c->at;
    c->escapes = 0;
    for (;;) {
        const char *quote = memchr(c->at, '"', (size_t)(c->end - c->at));
        if (!quote) return 0;
        const char *backslash = quote;
        while (backslash > text->start && backslash[-1] == '\\') backslash--;
        c->at = quote + 1;
        if ((quote - backslash) % 2 == 0) {
            text->length = (size_t)(quote - text->start);
            c->escapes = memchr(text->start, '\\', text->length) != NULL;
            return 1;
        }
    }
}

static int is(slice text, const char *name, size_t length) { return text.length == length && memcmp(text.start, name, length) == 0; }
#define IS(text, name) is(text, name, sizeof(name) - 1)

enum { TOP = 0, MEDIA = 1, OTHER = 2 };

static slice *wanted(cursor *c, int where, slice key) {
    message *found = c->found;
    if (where == TOP) return IS(key, "event") ? &found->event : IS(key, "streamSid") ? &found->stream : NULL;
    if (where != MEDIA) return NULL;
    if (IS(key, "payload")) return &found->payload;
    if (IS(key, "chunk")) return &found->chunk;
    if (IS(key, "timestamp")) return &found->timestamp;
    return IS(key, "track") ? &found->track : NULL;
}

static int value(cursor *c, int where, slice key, int depth);

static int object(cursor *c, int where, int depth) {
    if (depth > 16 || !take(c, '{')) return 0;
    if (take(c, '}')) return 1;
    do {
        slice key;
        if (!take_string(c, &key)) return 0;
        if (c->escapes && where != OTHER) c->found->has_escapes = 1; /* it may be one of ours */
        if (!take(c, ':') || !value(c, where, key, depth)) return 0;
    } while (take(c, ','));
    return take(c, '}');
}

static int value(cursor *c, int where, slice key, int depth) {
    skip_space(c);
    if (c->at >= c->end) return 0;
    if (*c->at == '"') {
        slice text, *place = wanted(c, where, key);
        if (!take_string(c, &text)) return 0;
        if (place) *place = text;
        if (place && c->escapes) c->found->has_escapes = 1;
        return 1;
    }
    if (*c->at == '{') return object(c, where == TOP && IS(key, "media") ? MEDIA : OTHER, depth + 1);
    if (*c->at == '[') {
        if (depth > 16) return 0;
        c->at++;
        if (take(c, ']')) return 1;
        do {
            if (!value(c, OTHER, key, depth + 1)) return 0;
        } while (take(c, ','));
        return take(c, ']');
    }
    /* A number, true, false or null; some senders write counters as numbers, all else is a string. */
    slice text = {c->at, 0}, *place = wanted(c, where, key);
    if (place != &c->found->chunk && place != &c->found->timestamp) place = NULL;
    while (c->at < c->end && strchr("+-.0123456789eEtrufalsn", *c->at) && *c->at) c->at++;
    text.length = (size_t)(c->at - text.start);
    if (place) *place = text;
    return text.length > 0;
}

int scan_message(const char *text, size_t length, message *found) {
    cursor c = {text, text + length, found, 0};
    memset(found, 0, sizeof *found);
    if (!object(&c, TOP, 0)) return 0;
    skip_space(&c);
    return c.at == c.end;
}
