/*
 * services.h: what the host offers to a plugin. With these, a provider plugin needs no thread, no
 * socket and no file of its own. A service is found by id; an id the host does not know answers NULL,
 * so a plugin can ask for tomorrow's service and do without it today.
 */
#ifndef PATCHBAY_SERVICES_H
#define PATCHBAY_SERVICES_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Valid from `create` until `destroy` has returned. */
typedef struct pb_host {
    uint32_t abi; /* PB_ABI */
    uint32_t size;
    void *context;
    const void *(*service)(void *context, const char *id); /* [any] */
} pb_host;

/* "patchbay.log/1": lines in the host's log, marked with the plugin's name. Write no secret and no
 * caller's words into `message`; `personal` is for those and is dropped unless the operator asks. */
enum { PB_LOG_DEBUG = 0, PB_LOG_INFO = 1, PB_LOG_WARNING = 2, PB_LOG_ERROR = 3 };

typedef struct pb_log_v1 {
    void *context;
    void (*write)(void *context, uint32_t level, pb_text message, pb_text personal); /* [any] */
} pb_log_v1;

/* "patchbay.clock/1" */
typedef struct pb_clock_v1 {
    void *context;
    uint64_t (*monotonic_us)(void *context); /* never goes back; the origin means nothing  [any] */
    uint64_t (*unix_us)(void *context);      /* since 1970-01-01 UTC                       [any] */
} pb_clock_v1;

/* "patchbay.timer/1": `fire` runs once, on the host's service loop, and must not block. After `cancel`
 * has returned it neither runs nor will run, unless `cancel` was called from inside it. */
typedef struct pb_timer_v1 {
    void *context;
    uint64_t (*start)(void *context, uint64_t after_us, void (*fire)(void *argument), void *argument); /* [any] */
    void (*cancel)(void *context, uint64_t timer);                                                     /* [any] */
} pb_timer_v1;

/* "patchbay.secret/1": copies the secret called `name` (an API key) into `buffer` and returns its
 * length; 0 if there is none, or the length needed if `capacity` is too small. Do not keep it longer
 * than a request, never log it. [any] */
typedef struct pb_secret_v1 {
    void *context;
    uint64_t (*read)(void *context, pb_text name, char *buffer, uint64_t capacity);
} pb_secret_v1;

/* "patchbay.metrics/1": numbers on the host's metrics page, as `patchbay_plugin_<name>{plugin="..."}`.
 * Names are lower case with underscores; at most 32 names per plugin, more are ignored. [any] */
typedef struct pb_metrics_v1 {
    void *context;
    void (*count)(void *context, pb_text name, uint64_t by);             /* only grows       */
    void (*gauge)(void *context, pb_text name, double value);            /* goes up and down */
    void (*observe)(void *context, pb_text name, double seconds);        /* a histogram      */
} pb_metrics_v1;

/* "patchbay.http/1": requests on the host's HTTP loop, with its connection pool, TLS and proxies. A request on a connection
 * of the pool may be sent again where that turns out to have been closed by the far side, which may have read it all the
 * same. One with the header `connection: close` gets a new connection for itself, and is sent once. */
typedef struct pb_header {
    pb_text name;
    pb_text value;
} pb_header;

typedef struct pb_http_request {
    pb_text method; /* "POST" */
    pb_text url;
    const pb_header *headers;
    uint64_t header_count;
    pb_text body;
    uint32_t connect_ms; /* 0: 5,000   */
    uint32_t idle_ms;    /* the longest silence while the answer comes; 0: 30,000 */
    uint32_t total_ms;   /* 0: 600,000 */
    uint32_t reserved;
} pb_http_request;

/* Called on the HTTP loop, one at a time per request, and must not block. `done` is the last call. */
typedef struct pb_http_sink {
    void *context;
    void (*head)(void *context, uint32_t status, const pb_header *headers, uint64_t header_count);
    void (*body)(void *context, const void *bytes, uint64_t length);
    void (*done)(void *context, const pb_error *error); /* NULL: the answer is complete */
} pb_http_sink;

typedef struct pb_http_v1 {
    void *context;
    /* Copies the request and starts it. Returns its number, or 0 with `error` filled. [any] */
    uint64_t (*start)(void *context, const pb_http_request *request, const pb_http_sink *sink, pb_error *error);
    /* After this returns the sink is not called any more, unless it was called from inside the sink. [any] */
    void (*cancel)(void *context, uint64_t request);
} pb_http_v1;

/* "patchbay.websocket/1": client WebSockets on a loop of the host's, with its TLS. */
typedef struct pb_websocket_request {
    pb_text url; /* "wss://..." */
    const pb_header *headers;
    uint64_t header_count;
    uint32_t connect_ms; /* until it is open; 0: 5,000 */
    uint32_t reserved;
} pb_websocket_request;

/* Called on that loop, one at a time per socket, and must not block. `closed` is the last call. */
typedef struct pb_websocket_sink {
    void *context;
    void (*opened)(void *context);
    /* A whole message of at most 1 MiB. */
    void (*message)(void *context, const void *bytes, uint64_t length, uint32_t is_text);
    /* `error`: why it could not be opened (a refusal's HTTP status is in its words and in its code), or was lost; NULL where
     * the far side said goodbye with `code`. */
    void (*closed)(void *context, uint32_t code, pb_text reason, const pb_error *error);
} pb_websocket_sink;

typedef struct pb_websocket_v1 {
    void *context;
    /* Copies the request and begins. Returns the socket's number, or 0 with `error` filled. [any] */
    uint64_t (*start)(void *context, const pb_websocket_request *request, const pb_websocket_sink *sink, pb_error *error);
    /* Queues a message, copied; before the socket is open, too. PB_OK, or PB_ERROR_UNAVAILABLE where 1 MiB waits already
     * or the socket is over. [any] */
    int32_t (*send)(void *context, uint64_t socket, const void *bytes, uint64_t length, uint32_t is_text);
    /* Closes it. After this returns the sink is not called any more, unless it was called from inside the sink. [any] */
    void (*cancel)(void *context, uint64_t socket);
} pb_websocket_v1;

#ifdef __cplusplus
}
#endif
#endif
