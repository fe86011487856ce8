/* The service loop and the server's side of HTTP and WebSocket. */
#include "internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void exchange_free(ws_exchange *exchange) {
    free(exchange->path);
    free(exchange->headers);
    free(exchange->body);
    free(exchange->answer_headers);
    free(exchange->answer);
    free(exchange);
}

/* Appends one "name: value\n" line, growing the text. */
static int add_line(char **text, size_t *length, const char *name, size_t name_length, struct lws *wsi, int token, const char *custom) {
    int value_length = custom ? lws_hdr_custom_length(wsi, custom, (int)strlen(custom)) : lws_hdr_total_length(wsi, token);
    if (value_length <= 0) return 0;
    char *grown = realloc(*text, *length + name_length + (size_t)value_length + 5);
    if (!grown) return -1;
    *text = grown;
    char *at = grown + *length;
    memcpy(at, name, name_length);
    at += name_length;
    *at++ = ':';
    *at++ = ' ';
    int copied = custom ? lws_hdr_custom_copy(wsi, at, value_length + 1, custom, (int)strlen(custom))
                        : lws_hdr_copy(wsi, at, value_length + 1, token);
    if (copied < 0) return 0;
    at[copied] = '\n';
    at[copied + 1] = 0;
    *length = (size_t)(at + copied + 1 - grown);
    return 0;
}

static int collect_headers(ws_loop *loop, struct lws *wsi, char **text, size_t *length) {
    *text = calloc(1, 1);
    *length = 0;
    if (!*text) return -1;
    for (int token = 0; token < WSI_TOKEN_COUNT; token++) {
        const char *name = (const char *)lws_token_to_string((enum lws_token_indexes)token);
        size_t name_length = name ? strlen(name) : 0;
        /* Header tokens end in a colon; the others are methods and parts of the request line. */
        if (name_length < 2 || name[0] == ':' || name[name_length - 1] != ':') continue;
        if (add_line(text, length, name, name_length - 1, wsi, token, NULL) < 0) return -1;
    }
    for (const char *const *custom = loop->options.custom_headers; custom && *custom; custom++) {
        char with_colon[96];
        size_t name_length = strlen(*custom);
        if (name_length + 2 > sizeof with_colon) continue;
        memcpy(with_colon, *custom, name_length);
        memcpy(with_colon + name_length, ":", 2);
        if (add_line(text, length, *custom, name_length, wsi, 0, with_colon) < 0) return -1;
    }
    return 0;
}

/* One fragment of the query, decoded by libwebsockets, encoded again: what RFC 3986 leaves unreserved stays, and the first
 * '=' separates name and value. Returns the bytes written, at most three for one. */
static size_t encode_fragment(char *to, const char *from, size_t length) {
    static const char digits[] = "0123456789ABCDEF";
    char *at = to;
    int in_value = 0;
    for (size_t index = 0; index < length; index++) {
        unsigned char byte = (unsigned char)from[index];
        int plain = (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z') || strchr("-._~", byte);
        if ((plain && byte) || (byte == '=' && !in_value)) {
            in_value |= byte == '=';
            *at++ = (char)byte;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    return (size_t)(at - to);
}

/* Path, NUL, query. libwebsockets hands the query decoded and split at '&', so it is put together and encoded again. */
static char *collect_target(struct lws *wsi, const char *path, size_t path_length, size_t *query_length) {
    int total = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS);
    size_t most = total > 0 ? (size_t)total : 0;
    char *target = calloc(1, path_length + 2 + 4 * most);
    char *fragment = malloc(most + 1);
    if (!target || !fragment) {
        free(target);
        free(fragment);
        return NULL;
    }
    memcpy(target, path, path_length);
    char *query = target + path_length + 1;
    size_t used = 0;
    for (int index = 0; most > 0; index++) {
        int length = lws_hdr_copy_fragment(wsi, fragment, (int)most + 1, WSI_TOKEN_HTTP_URI_ARGS, index);
        if (length < 0) break;
        if (index > 0) query[used++] = '&';
        used += encode_fragment(query + used, fragment, (size_t)length);
    }
    free(fragment);
    *query_length = used;
    return target;
}

static ws_exchange *exchange_create(ws_loop *loop, struct lws *wsi, const char *path, size_t path_length) {
    ws_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange) return NULL;
    exchange->loop = loop;
    exchange->wsi = wsi;
    exchange->path_length = path_length;
    exchange->path = collect_target(wsi, path, path_length, &exchange->query_length);
    if (!exchange->path || collect_headers(loop, wsi, &exchange->headers, &exchange->headers_length) < 0) {
        exchange_free(exchange);
        return NULL;
    }
    static const struct { int token; const char *name; } methods[] = {
        {WSI_TOKEN_GET_URI, "GET"}, {WSI_TOKEN_POST_URI, "POST"}, {WSI_TOKEN_PUT_URI, "PUT"}, {WSI_TOKEN_PATCH_URI, "PATCH"},
        {WSI_TOKEN_DELETE_URI, "DELETE"}, {WSI_TOKEN_HEAD_URI, "HEAD"}, {WSI_TOKEN_OPTIONS_URI, "OPTIONS"},
    };
    for (size_t index = 0; index < sizeof methods / sizeof *methods; index++)
        if (lws_hdr_total_length(wsi, methods[index].token)) strcpy(exchange->method, methods[index].name);
    return exchange;
}

static ws_request request_of(const ws_exchange *exchange) {
    return (ws_request){
        .method = exchange->method, .path = exchange->path, .query = exchange->path + exchange->path_length + 1,
        .headers = exchange->headers, .path_length = exchange->path_length, .query_length = exchange->query_length,
        .headers_length = exchange->headers_length, .body = exchange->body, .body_length = exchange->body_length,
    };
}

static void deliver(ws_exchange *exchange) {
    ws_request request = request_of(exchange);
    exchange->delivered = 1;
    exchange->loop->callbacks.request(exchange->loop->user, exchange, &request);
}

/* Forgets the request at hand; whoever works on its answer is told. */
static void drop_exchange(ws_loop *loop, session *session) {
    ws_exchange *exchange = session->exchange;
    if (!exchange) return;
    session->exchange = NULL;
    if (exchange->delivered && !exchange->answered) loop->callbacks.abandoned(loop->user, exchange);
    exchange_free(exchange);
}

static int begin_request(ws_loop *loop, struct lws *wsi, session *session, const char *path, size_t length) {
    drop_exchange(loop, session);
    session->exchange = exchange_create(loop, wsi, path, length);
    if (!session->exchange) return -1;
    char sent[24] = "";
    int has_length = lws_hdr_copy(wsi, sent, sizeof sent, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
    int has_body = has_length && strcmp(sent, "0") != 0;
    if (has_body && strtoull(sent, NULL, 10) > loop->options.body_limit) {
        session->exchange->refused = 1;
        return ws_respond(session->exchange, 413, "content-type: text/plain\nconnection: close\n", "the body is too large\n", 22);
    }
    /* A chunked body has no length; its end is told by HTTP_BODY_COMPLETION. */
    if (!has_body && !lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING)) deliver(session->exchange);
    return 0;
}

static int add_body(ws_exchange *exchange, const void *bytes, size_t length) {
    if (exchange->refused) return 0;
    size_t needed = exchange->body_length + length;
    if (needed > exchange->loop->options.body_limit) return -1;
    if (needed > exchange->body_capacity) {
        unsigned char *grown = realloc(exchange->body, needed * 2);
        if (!grown) return -1;
        exchange->body = grown;
        exchange->body_capacity = needed * 2;
    }
    memcpy(exchange->body + exchange->body_length, bytes, length);
    exchange->body_length = needed;
    return 0;
}

int ws_respond(ws_exchange *exchange, int status, const char *headers, const void *body, size_t body_length) {
    if (exchange->answered) return 0;
    exchange->answer = malloc(LWS_PRE + body_length + 1);
    exchange->answer_headers = strdup(headers ? headers : "");
    if (!exchange->answer || !exchange->answer_headers) return -1;
    memcpy(exchange->answer + LWS_PRE, body, body_length);
    exchange->answer_length = body_length;
    exchange->status = status;
    exchange->answered = 1;
    lws_callback_on_writable(exchange->wsi);
    return 0;
}

static int write_headers(ws_exchange *exchange) {
    unsigned char buffer[LWS_PRE + 4096], *at = buffer + LWS_PRE, *end = buffer + sizeof buffer - 1;
    struct lws *wsi = exchange->wsi;
    if (lws_add_http_header_status(wsi, (unsigned)exchange->status, &at, end)) return -1;
    if (lws_add_http_header_content_length(wsi, exchange->answer_length, &at, end)) return -1;
    for (const char *line = exchange->answer_headers; *line;) {
        const char *colon = strchr(line, ':'), *newline = strchr(line, '\n');
        char name[96];
        if (!colon || !newline || colon > newline || (size_t)(colon - line) + 2 > sizeof name) break;
        memcpy(name, line, (size_t)(colon - line) + 1);
        name[colon - line + 1] = 0;
        const char *value = colon + 1;
        while (*value == ' ') value++;
        if (lws_add_http_header_by_name(wsi, (unsigned char *)name, (const unsigned char *)value, (int)(newline - value), &at, end)) return -1;
        line = newline + 1;
    }
    if (lws_finalize_write_http_header(wsi, buffer + LWS_PRE, &at, end)) return -1;
    exchange->headers_sent = 1;
    return 0;
}

static int write_answer(struct lws *wsi, session *session) {
    ws_exchange *exchange = session->exchange;
    if (!exchange || !exchange->answered) return 0;
    if (exchange->status == 0) return -1;
    if (!exchange->headers_sent) {
        if (write_headers(exchange) < 0) return -1;
        if (exchange->answer_length > 0 && strcmp(exchange->method, "HEAD") != 0) {
            lws_callback_on_writable(wsi);
            return 0;
        }
    } else if (lws_write(wsi, exchange->answer + LWS_PRE, exchange->answer_length, LWS_WRITE_HTTP_FINAL) < 0) {
        return -1;
    }
    int close = exchange->refused;
    session->exchange = NULL;
    exchange_free(exchange);
    return close || lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* The upgrade: 0 lets it happen. */
static int confirm_upgrade(ws_loop *loop, struct lws *wsi, session *session) {
    char *path = NULL;
    int length = 0;
    if (lws_http_get_uri_and_method(wsi, &path, &length) < 0) return -1;
    ws_exchange *exchange = exchange_create(loop, wsi, path, (size_t)length);
    if (!exchange) return -1;
    ws_request request = request_of(exchange);
    int status = loop->callbacks.upgrade(loop->user, &request, &session->accepted);
    exchange_free(exchange);
    if (status == 0) return 0;
    session->accepted = NULL;
    lws_return_http_status(wsi, (unsigned)status, NULL);
    return -1;
}

static int http_closed(ws_loop *loop, session *session) {
    if (session) drop_exchange(loop, session);
    if (session && session->accepted) {
        loop->callbacks.dropped(loop->user, session->accepted);
        session->accepted = NULL;
    }
    return 0;
}

static int established(ws_loop *loop, struct lws *wsi, session *session) {
    session->socket = socket_create(loop, session->accepted);
    if (!session->socket) return -1;
    session->accepted = NULL;
    session->socket->wsi = wsi;
    session->socket->opened = 1;
    loop->connections++;
    loop->callbacks.opened(session->socket->user, session->socket);
    return 0;
}

static int socket_closed(ws_loop *loop, session *session) {
    ws_socket *socket = session->socket;
    if (!socket) return 0;
    session->socket = NULL;
    socket->wsi = NULL;
    loop->connections--;
    loop->callbacks.closed(socket->user, socket->peer_code, socket->peer_reason, socket->peer_reason_length);
    socket_free(socket);
    return 0;
}

static int server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes, size_t length) {
    ws_loop *loop = lws_context_user(lws_get_context(wsi));
    session *session = user;
    switch (reason) {
    case LWS_CALLBACK_HTTP: return begin_request(loop, wsi, session, bytes, length);
    case LWS_CALLBACK_HTTP_BODY: return session->exchange ? add_body(session->exchange, bytes, length) : -1;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (session->exchange && !session->exchange->delivered && !session->exchange->refused) deliver(session->exchange);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE: return write_answer(wsi, session);
    case LWS_CALLBACK_CLOSED_HTTP: return http_closed(loop, session);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return confirm_upgrade(loop, wsi, session);
    case LWS_CALLBACK_ESTABLISHED: return established(loop, wsi, session);
    case LWS_CALLBACK_RECEIVE: return socket_receive(session->socket, bytes, length);
    case LWS_CALLBACK_SERVER_WRITEABLE: return socket_write(session->socket);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: socket_peer_closed(session->socket, bytes, length); return 0;
    case LWS_CALLBACK_CLOSED: return socket_closed(loop, session);
    case LWS_CALLBACK_RAW_RX_FILE: loop->callbacks.turn(loop->user); return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"patchbay", server_callback, sizeof(session), 1024, 0, NULL, 16384},
    {"client", client_callback, 0, 4096, 0, NULL, 16384},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

typedef void (*log_function)(int level, const char *line);

/* libwebsockets logs for the whole process; loops may be made on several threads. */
static _Atomic(log_function) log_line;

static void emit_log(int level, const char *line) {
    log_function function = atomic_load(&log_line);
    if (function) function(level == LLL_ERR ? 0 : 1, line);
}

ws_loop *ws_loop_create(const ws_callbacks *callbacks, void *user, const ws_options *options) {
    /* Sockets that fall silent are pinged after 30 s and given up after 45. */
    static const lws_retry_bo_t keepalive = {.secs_since_valid_ping = 30, .secs_since_valid_hangup = 45};
    ws_loop *loop = calloc(1, sizeof *loop);
    if (!loop) return NULL;
    loop->callbacks = *callbacks;
    loop->user = user;
    loop->options = *options;
    atomic_store(&log_line, callbacks->log);
    lws_set_log_level(LLL_ERR | LLL_WARN, emit_log);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_IPV6,
        .user = loop,
        .retry_and_idle_policy = &keepalive,
        .pt_serv_buf_size = 8192,
        .keepalive_timeout = 30,
        .timeout_secs = 15,
        .max_http_header_data = 8192,
        .max_http_header_pool = 1024,
        .server_string = "patchbay",
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    if (options->certificate) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = options->certificate;
        info.ssl_private_key_filepath = options->key;
    }
    loop->context = lws_create_context(&info);
    if (loop->context) loop->vhost = lws_create_vhost(loop->context, &info);
    if (!loop->vhost) {
        if (loop->context) lws_context_destroy(loop->context);
        free(loop);
        return NULL;
    }
    return loop;
}

int ws_loop_watch(ws_loop *loop, int descriptor) {
    /* A copy: libwebsockets closes what it adopted. */
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return -1;
    lws_sock_file_fd_type fd = {.filefd = (lws_filefd_type)(long long)copy};
    return lws_adopt_descriptor_vhost(loop->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "patchbay", NULL) ? 0 : -1;
}

void ws_loop_run(ws_loop *loop) {
    const struct timespec breath = {.tv_nsec = 1000000};
    while (!atomic_load_explicit(&loop->stopping, memory_order_relaxed)) {
        /* poll() costs in proportion to the connections. With many of them, a millisecond's wait lets frames gather so
         * that one poll serves several; with few, every frame is served at once. */
        if (loop->connections > 16) nanosleep(&breath, NULL);
        if (lws_service(loop->context, 0) < 0) return;
    }
}

void ws_loop_stop(ws_loop *loop) {
    atomic_store(&loop->stopping, 1);
    lws_cancel_service(loop->context);
}

void ws_loop_destroy(ws_loop *loop) {
    lws_context_destroy(loop->context);
    free(loop);
}

int ws_adopt(ws_loop *loop, int descriptor) { return lws_adopt_socket_vhost(loop->vhost, descriptor) ? 0 : -1; }
