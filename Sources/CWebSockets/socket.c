/* One open WebSocket, whichever side opened it: its send queue, reassembly and the way it closes. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    size_t length;
    int is_text;
    int padding;
} entry;

static size_t entry_size(size_t length) { return (sizeof(entry) + LWS_PRE + length + 15) & ~(size_t)15; }

int queue_push(queue *queue, const void *bytes, size_t length, int is_text, size_t limit) {
    size_t size = entry_size(length);
    if (queue->waiting + length > limit) return -1;
    if (queue->tail + size > queue->capacity && queue->head > 0) {
        memmove(queue->bytes, queue->bytes + queue->head, queue->tail - queue->head);
        queue->tail -= queue->head;
        queue->head = 0;
    }
    if (queue->tail + size > queue->capacity) {
        size_t capacity = queue->capacity ? queue->capacity : 1024;
        while (capacity < queue->tail + size) capacity *= 2;
        unsigned char *grown = realloc(queue->bytes, capacity);
        if (!grown) return -1;
        queue->bytes = grown;
        queue->capacity = capacity;
    }
    entry *header = (entry *)(queue->bytes + queue->tail);
    *header = (entry){.length = length, .is_text = is_text};
    memcpy(queue->bytes + queue->tail + sizeof(entry) + LWS_PRE, bytes, length);
    queue->tail += size;
    queue->waiting += length;
    return 0;
}

int queue_peek(queue *queue, unsigned char **payload, size_t *length, int *is_text) {
    if (queue->head == queue->tail) return 0;
    entry *header = (entry *)(queue->bytes + queue->head);
    *payload = queue->bytes + queue->head + sizeof(entry) + LWS_PRE;
    *length = header->length;
    *is_text = header->is_text;
    return 1;
}

void queue_pop(queue *queue) {
    entry *header = (entry *)(queue->bytes + queue->head);
    queue->waiting -= header->length;
    queue->head += entry_size(header->length);
    if (queue->head < queue->tail) return;
    queue->head = queue->tail = 0;
    /* A burst should not cost its memory for the rest of the connection. */
    if (queue->capacity > 16384) queue_free(queue);
}

void queue_free(queue *queue) {
    free(queue->bytes);
    *queue = (struct queue){0};
}

ws_socket *socket_create(ws_loop *loop, void *user) {
    ws_socket *socket = calloc(1, sizeof *socket);
    if (!socket) return NULL;
    socket->loop = loop;
    socket->user = user;
    socket->peer_code = 1006;
    return socket;
}

void socket_free(ws_socket *socket) {
    queue_free(&socket->out);
    free(socket->partial);
    free(socket->headers);
    free(socket);
}

/* Closes by the way of the writable callback: a client whose receive callback says -1 in the middle of a message leaves
 * libwebsockets with freed memory. What still arrives is not looked at. */
static int refuse(ws_socket *socket, enum lws_close_status code, const char *reason) {
    ws_close(socket, (int)code, reason);
    return 0;
}

int socket_receive(ws_socket *socket, void *bytes, size_t length) {
    struct lws *wsi = socket->wsi;
    int first = lws_is_first_fragment(wsi);
    int last = lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi);
    if (socket->closing) return 0;
    if (first && last) {
        if (length > socket->loop->options.message_limit) return refuse(socket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
        socket->loop->callbacks.message(socket->user, bytes, length, !lws_frame_is_binary(wsi));
        return 0;
    }
    if (first) socket->partial_length = 0;
    size_t needed = socket->partial_length + length;
    if (needed > socket->loop->options.message_limit) return refuse(socket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
    if (needed > socket->partial_capacity) {
        unsigned char *grown = realloc(socket->partial, needed * 2);
        if (!grown) return refuse(socket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "out of memory");
        socket->partial = grown;
        socket->partial_capacity = needed * 2;
    }
    memcpy(socket->partial + socket->partial_length, bytes, length);
    socket->partial_length = needed;
    if (!last) return 0;
    socket->loop->callbacks.message(socket->user, socket->partial, needed, !lws_frame_is_binary(wsi));
    if (socket->partial_capacity > 8192) {
        free(socket->partial);
        socket->partial = NULL;
        socket->partial_capacity = 0;
    }
    socket->partial_length = 0;
    return 0;
}

int socket_write(ws_socket *socket) {
    unsigned char *payload;
    size_t length;
    int is_text;
    while (queue_peek(&socket->out, &payload, &length, &is_text)) {
        int written = lws_write(socket->wsi, payload, length, is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY);
        if (written < (int)length) return -1;
        queue_pop(&socket->out);
        /* What the kernel did not take libwebsockets keeps, and asks for the next chance itself. */
        if (lws_partial_buffered(socket->wsi)) {
            if (socket->out.waiting || socket->closing) lws_callback_on_writable(socket->wsi);
            return 0;
        }
    }
    if (!socket->closing) return 0;
    lws_close_reason(socket->wsi, (enum lws_close_status)socket->close_code, (unsigned char *)socket->close_reason,
                     strlen(socket->close_reason));
    return -1;
}

void socket_peer_closed(ws_socket *socket, void *bytes, size_t length) {
    const unsigned char *close = bytes;
    socket->peer_code = length >= 2 ? close[0] << 8 | close[1] : 1005;
    size_t reason = length > 2 ? length - 2 : 0;
    if (reason > sizeof socket->peer_reason) reason = sizeof socket->peer_reason;
    if (reason) memcpy(socket->peer_reason, close + 2, reason);
    socket->peer_reason_length = reason;
}

/* Whether a message was given to the kernel at once. Waiting for the next poll to say that a socket is writable costs a
 * round of the loop, a millisecond or more under load; a frame of audio nearly always fits. */
static int send_at_once(ws_socket *socket, const void *bytes, size_t length, int is_text) {
    unsigned char frame[LWS_PRE + 2048];
    if (length > sizeof frame - LWS_PRE || lws_partial_buffered(socket->wsi)) return 0;
    memcpy(frame + LWS_PRE, bytes, length);
    int written = lws_write(socket->wsi, frame + LWS_PRE, length, is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY);
    /* A broken connection is closed by the loop, not under the feet of the caller. */
    if (written < (int)length) lws_set_timeout(socket->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    return 1;
}

int ws_send(ws_socket *socket, const void *bytes, size_t length, int is_text) {
    if (socket->closing || !socket->wsi) return -1;
    int was_empty = socket->out.head == socket->out.tail;
    if (was_empty && send_at_once(socket, bytes, length, is_text)) return 0;
    if (queue_push(&socket->out, bytes, length, is_text, socket->loop->options.send_limit) < 0) return -1;
    if (was_empty) lws_callback_on_writable(socket->wsi);
    return 0;
}

size_t ws_queued(const ws_socket *socket) { return socket->out.waiting; }

void ws_close(ws_socket *socket, int code, const char *reason) {
    if (socket->closing || !socket->wsi) return;
    socket->closing = 1;
    socket->close_code = code;
    strncpy(socket->close_reason, reason, sizeof socket->close_reason - 1);
    socket->peer_code = code;
    socket->peer_reason_length = strlen(socket->close_reason);
    memcpy(socket->peer_reason, socket->close_reason, socket->peer_reason_length);
    lws_callback_on_writable(socket->wsi);
    /* A peer that does not read cannot hold the connection. */
    lws_set_timeout(socket->wsi, PENDING_TIMEOUT_CLOSE_SEND, 5);
}
