/*
 * types.h: text, errors and the notation of thread rules.
 *
 * Thread tags. Every function of this ABI carries one:
 *   [control]  one call at a time per plugin, on a thread of the host's choice; may block up to the
 *              deadline the host announces (10 s where none is passed).
 *   [loop]     on the host's audio loop, one call at a time per stream; returns within 1 ms and
 *              never blocks. A plugin with PB_PLUGIN_BLOCKS gets these calls on a worker thread
 *              instead, one at a time and in order per stream, and may block there.
 *   [any]      from every thread, at the same time.
 *
 * Pointers passed into a call are valid until it returns. What you keep you copy; what you allocate
 * you free. No C++ or Swift type, no exception and no FILE crosses this boundary.
 */
#ifndef PATCHBAY_TYPES_H
#define PATCHBAY_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8, not NUL-terminated. {NULL, 0} is the empty text. */
typedef struct pb_text {
    const char *bytes;
    uint64_t length;
} pb_text;

/* What went wrong, for the host's decisions (code, retryable) and for people (message). */
enum {
    PB_OK = 0,
    PB_ERROR_INVALID = 1,     /* the request or the configuration is wrong; the message names the field */
    PB_ERROR_REFUSED = 2,     /* the far side says no: credentials, quota, a signature */
    PB_ERROR_UNAVAILABLE = 3, /* the far side cannot be reached, or is overloaded */
    PB_ERROR_TIMEOUT = 4,     /* no answer in time */
    PB_ERROR_PROTOCOL = 5,    /* the far side's answer makes no sense */
    PB_ERROR_CANCELLED = 6,   /* the host cancelled it */
    PB_ERROR_INTERNAL = 7     /* the plugin's own fault */
};

#define PB_ERROR_TEXT 240

/* Filled by whoever fails. A copy needs no further memory: the message lives inside. */
typedef struct pb_error {
    int32_t code;                 /* PB_ERROR_... */
    uint32_t retryable;           /* 1: the same request may succeed later */
    uint32_t retry_after_ms;      /* 0: no opinion */
    uint32_t message_length;      /* bytes used of message, at most PB_ERROR_TEXT */
    char message[PB_ERROR_TEXT];  /* UTF-8, no NUL needed */
} pb_error;

#ifdef __cplusplus
}
#endif
#endif
