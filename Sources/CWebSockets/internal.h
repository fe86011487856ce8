/* What server.c, queue.c and client.c share. */
#ifndef CWEBSOCKETS_INTERNAL_H
#define CWEBSOCKETS_INTERNAL_H

#include "cwebsockets.h"

#include <libwebsockets.h>
#include <stdatomic.h>

struct ws_loop {
    struct lws_context *context;
    struct lws_vhost *vhost;
    ws_callbacks callbacks;
    void *user;
    ws_options options;
    atomic_int stopping;
    unsigned connections;
};

/* A growing byte queue of messages: [header][LWS_PRE][payload], one after the other. */
typedef struct queue {
    unsigned char *bytes;
    size_t capacity, head, tail, waiting;
} queue;

struct ws_socket {
    ws_loop *loop;
    struct lws *wsi;
    void *user;
    queue out;
    unsigned char *partial; /* a message that arrives in pieces */
    size_t partial_length, partial_capacity;
    int close_code;
    char close_reason[124];
    unsigned char opened, closing;
    int peer_code;
    size_t peer_reason_length;
    char peer_reason[124];
    char *headers; /* client: what to add to the handshake */
};

struct ws_exchange {
    ws_loop *loop;
    struct lws *wsi;
    char *path, *headers; /* path, then query, NUL between */
    size_t path_length, query_length, headers_length;
    char method[8];
    unsigned char *body;
    size_t body_length, body_capacity;
    char *answer_headers;
    unsigned char *answer; /* LWS_PRE bytes, then the body */
    size_t answer_length;
    int status;
    unsigned char delivered, answered, headers_sent, refused;
};

/* What libwebsockets keeps for us per connection. */
typedef struct session {
    ws_exchange *exchange;
    ws_socket *socket;
    void *accepted; /* the user of an upgrade that was accepted */
} session;

int queue_push(queue *queue, const void *bytes, size_t length, int is_text, size_t limit);
/* The next message, or 0. The payload has LWS_PRE writable bytes before it. */
int queue_peek(queue *queue, unsigned char **payload, size_t *length, int *is_text);
void queue_pop(queue *queue);
void queue_free(queue *queue);

ws_socket *socket_create(ws_loop *loop, void *user);
void socket_free(ws_socket *socket);
/* The callbacks that a server's and a client's socket have in common; -1 to close. */
int socket_receive(ws_socket *socket, void *bytes, size_t length);
int socket_write(ws_socket *socket);
void socket_peer_closed(ws_socket *socket, void *bytes, size_t length);

int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length);

#endif
