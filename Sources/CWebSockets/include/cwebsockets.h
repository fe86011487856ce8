/*
 * cwebsockets.h: libwebsockets, reduced to what the host needs: one service loop a thread that serves HTTP requests and
 * WebSockets and opens client WebSockets. No call allocates per message once a connection runs.
 *
 *   ws_loop_create -> ws_loop_watch(inner epoll) -> ws_loop_run ... ws_loop_stop -> ws_loop_destroy
 *
 * Everything but ws_loop_stop is called on the loop's thread (create and destroy: while it does not run).
 */
#ifndef CWEBSOCKETS_H
#define CWEBSOCKETS_H

#include <stddef.h>
#include <stdint.h>

typedef struct ws_loop ws_loop;
typedef struct ws_exchange ws_exchange; /* one HTTP request and its answer */
typedef struct ws_socket ws_socket;     /* one open WebSocket, either side */

/* One request as it arrived. `headers` holds "name: value\n" lines with names in lower case. Valid until the call returns. */
typedef struct ws_request {
    const char *method, *path, *query, *headers;
    size_t path_length, query_length, headers_length;
    const void *body;
    size_t body_length;
} ws_request;

typedef struct ws_callbacks {
    /* The watched descriptor is readable. */
    void (*turn)(void *context);
    /* A whole request. Answer with ws_respond, now or later. */
    void (*request)(void *context, ws_exchange *exchange, const ws_request *request);
    /* The client went away before it was answered: forget the exchange. */
    void (*abandoned)(void *context, ws_exchange *exchange);
    /* A WebSocket upgrade: 0 to accept and `*user` for its socket, otherwise the HTTP status to refuse with. */
    int (*upgrade)(void *context, const ws_request *request, void **user);
    /* An upgrade that was accepted did not happen after all. */
    void (*dropped)(void *context, void *user);
    void (*opened)(void *user, ws_socket *socket);
    /* A whole message. */
    void (*message)(void *user, const void *bytes, size_t length, int is_text);
    /* The last call for a socket. Code 1006: it went away without a goodbye. */
    void (*closed)(void *user, int code, const char *reason, size_t reason_length);
    /* A client connection that could not be made. The last call for it. */
    void (*failed)(void *user, const char *reason);
    void (*log)(int level, const char *line); /* 0 error, 1 warning */
} ws_callbacks;

typedef struct ws_options {
    const char *certificate, *key;    /* PEM files, or NULL */
    const char *const *custom_headers; /* header names that libwebsockets does not know, NULL-terminated; or NULL */
    size_t body_limit;                /* bytes of a request body; above it 413 */
    size_t message_limit;             /* bytes of a message; above it close 1009 */
    size_t send_limit;                /* bytes waiting per socket; above it ws_send refuses */
} ws_options;

/* NULL when out of memory or when the certificate cannot be used. */
ws_loop *ws_loop_create(const ws_callbacks *callbacks, void *context, const ws_options *options);

/* Calls `turn` whenever `descriptor` is readable; 0, or -1. */
int ws_loop_watch(ws_loop *loop, int descriptor);

/* Serves until ws_loop_stop. */
void ws_loop_run(ws_loop *loop);

/* From any thread. */
void ws_loop_stop(ws_loop *loop);

void ws_loop_destroy(ws_loop *loop);

/* Takes over a connection that was accepted elsewhere; 0, or -1 (the descriptor is closed then). */
int ws_adopt(ws_loop *loop, int descriptor);

/* Answers a request, once. `headers` are "name: value\n" lines. Status 0 closes the connection
 * without an answer. 0, or -1 when there is no memory. */
int ws_respond(ws_exchange *exchange, int status, const char *headers, const void *body, size_t body_length);

/* Queues a message; 0, or -1 at the bound. */
int ws_send(ws_socket *socket, const void *bytes, size_t length, int is_text);

/* Bytes queued and not yet given to the kernel. */
size_t ws_queued(const ws_socket *socket);

/* Sends what is queued, then closes. `closed` follows. */
void ws_close(ws_socket *socket, int code, const char *reason);

/* Opens a WebSocket as a client. `headers` are "name: value\n" lines. 0, or -1; `failed` or `opened` follow on 0. */
int ws_connect(ws_loop *loop, const char *host, int port, int tls, const char *path, const char *headers, void *user);

#endif
