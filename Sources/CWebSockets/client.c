/* Client WebSockets: for the simulated carrier and for tests. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ws_connect(ws_loop *loop, const char *host, int port, int tls, const char *path, const char *headers, void *user) {
    ws_socket *socket = socket_create(loop, user);
    if (!socket) return -1;
    if (headers && !(socket->headers = strdup(headers))) {
        socket_free(socket);
        return -1;
    }
    struct lws_client_connect_info info = {
        .context = loop->context,
        .vhost = loop->vhost,
        .address = host,
        .host = host,
        .origin = host,
        .port = port,
        .path = path,
        .ssl_connection = tls ? LCCSCF_USE_SSL : 0,
        .local_protocol_name = "client",
        .ietf_version_or_minus_one = -1,
        .opaque_user_data = socket,
    };
    /* A connection that fails at once has told so by CONNECTION_ERROR: that is where the socket is freed. */
    lws_client_connect_via_info(&info);
    return 0;
}

static void add_headers(struct lws *wsi, const char *lines, void *bytes, size_t length) {
    unsigned char **at = bytes;
    unsigned char *end = *at + length;
    while (lines && *lines) {
        const char *colon = strchr(lines, ':'), *newline = strchr(lines, '\n');
        if (!colon || !newline || colon > newline) return;
        char name[128];
        size_t name_length = (size_t)(colon - lines) + 1;
        const char *value = colon + 1;
        while (*value == ' ') value++;
        if (name_length >= sizeof name) return;
        memcpy(name, lines, name_length);
        name[name_length] = 0;
        if (lws_add_http_header_by_name(wsi, (unsigned char *)name, (const unsigned char *)value, (int)(newline - value), at, end)) return;
        lines = newline + 1;
    }
}

/* A server that refused has said so by a status. */
static void client_failed(struct lws *wsi, ws_socket *socket, const char *reason) {
    char text[200];
    unsigned int status = lws_http_client_http_response(wsi);
    snprintf(text, sizeof text, status > 0 && status != 101 ? "HTTP %u: %s" : "%.0u%s", status > 0 && status != 101 ? status : 0, reason);
    socket->loop->callbacks.failed(socket->user, text);
}

int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length) {
    (void)user;
    ws_socket *socket = lws_get_opaque_user_data(wsi);
    if (!socket) return 0;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        add_headers(wsi, socket->headers, bytes, length);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        client_failed(wsi, socket, bytes ? (const char *)bytes : "no connection");
        lws_set_opaque_user_data(wsi, NULL);
        socket_free(socket);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        socket->wsi = wsi;
        socket->opened = 1;
        socket->loop->callbacks.opened(socket->user, socket);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE: return socket_receive(socket, bytes, length);
    case LWS_CALLBACK_CLIENT_WRITEABLE: return socket_write(socket);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: socket_peer_closed(socket, bytes, length); return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        socket->wsi = NULL;
        socket->loop->callbacks.closed(socket->user, socket->peer_code, socket->peer_reason, socket->peer_reason_length);
        lws_set_opaque_user_data(wsi, NULL);
        socket_free(socket);
        return 0;
    default: return 0;
    }
}
