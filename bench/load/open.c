/* How a call begins: the signed webhook and the WebSocket's handshake, blocking. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int dial(const options *options) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    struct timeval limit = {.tv_sec = 15};
    int yes = 1;
    inet_pton(AF_INET, options->host, &address.sin_addr);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    close(descriptor);
    return -1;
}

/* Sends a request and reads until `end` occurs in the answer. */
static int exchange(int descriptor, const char *request, char *answer, size_t capacity, const char *end) {
    size_t length = strlen(request), used = 0;
    if (send(descriptor, request, length, MSG_NOSIGNAL) != (ssize_t)length) return -1;
    while (used + 1 < capacity) {
        ssize_t count = recv(descriptor, answer + used, capacity - used - 1, 0);
        if (count <= 0) return -1;
        used += (size_t)count;
        answer[used] = 0;
        if (strstr(answer, end)) return 0;
    }
    return -1;
}

/* The signature of a form whose parameters are given in sorted order: url, then name and value of each. */
static void sign(const options *options, const char *material, char *signature) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    HMAC(EVP_sha1(), options->token, (int)strlen(options->token), (const unsigned char *)material, strlen(material), digest, &length);
    EVP_EncodeBlock((unsigned char *)signature, digest, (int)length);
}

/* Asks the voice webhook for the media socket's path. */
static int ask(call *call, const options *options, char *path, size_t capacity) {
    char form[512], material[1024], signature[64], request[2048], answer[8192];
    snprintf(material, sizeof material,
             "%s%sAccountSidAC00000000000000000000000000000001CallSid%sCallStatusringingDirectioninboundFrom+15005550006To%s",
             options->public_url, options->voice_path, call->sid, options->number);
    snprintf(form, sizeof form,
             "AccountSid=AC00000000000000000000000000000001&CallSid=%s&CallStatus=ringing&Direction=inbound&From=%%2B15005550006&To=%%2B%s",
             call->sid, options->number + 1);
    sign(options, material, signature);
    snprintf(request, sizeof request,
             "POST %s HTTP/1.1\r\nHost: %s:%d\r\nX-Twilio-Signature: %s\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             options->voice_path, options->host, options->port, signature, strlen(form), form);
    int descriptor = dial(options);
    if (descriptor < 0) return -1;
    int result = exchange(descriptor, request, answer, sizeof answer, "</Response>");
    close(descriptor);
    char *url = result == 0 ? strstr(answer, "url=\"") : NULL;
    char *start = url ? strstr(url, "://") : NULL;
    start = start ? strchr(start + 3, '/') : NULL;
    char *end = start ? strchr(start, '"') : NULL;
    if (!end || (size_t)(end - start) >= capacity) {
        fprintf(stderr, "the webhook's answer names no stream: %.200s\n", result == 0 ? answer : "(none)");
        return -1;
    }
    memcpy(path, start, (size_t)(end - start));
    path[end - start] = 0;
    return 0;
}

int call_open(call *call, const options *options) {
    char path[512], request[2048], answer[4096], material[1024], signature[64] = "";
    snprintf(call->sid, sizeof call->sid, "CA%08x%016llx%08x", (unsigned)call->index, (unsigned long long)now_us(), (unsigned)options->pid);
    snprintf(call->stream, sizeof call->stream, "MZ%08x%024x", (unsigned)call->index, 1u);
    if (options->echo_path) snprintf(path, sizeof path, "%s", options->echo_path);
    else if (ask(call, options, path, sizeof path) < 0) return -1;
    if (options->token) {
        snprintf(material, sizeof material, "%s%s", options->public_url, path);
        /* The carrier signs the address of the socket as it was given: with wss. */
        if (strncmp(material, "http", 4) == 0) {
            char socket_url[1024];
            snprintf(socket_url, sizeof socket_url, "ws%s", material + 4);
            memcpy(material, socket_url, sizeof material);
        }
        sign(options, material, signature);
    }
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nx-twilio-signature: %s\r\n\r\n",
             path, options->host, options->port, signature);
    int descriptor = dial(options);
    if (descriptor < 0) return -1;
    if (exchange(descriptor, request, answer, sizeof answer, "\r\n\r\n") < 0 || !strstr(answer, " 101 ")) {
        fprintf(stderr, "the media socket was refused: %.60s\n", answer);
        close(descriptor);
        return -1;
    }
    call->descriptor = descriptor;
    return 0;
}
