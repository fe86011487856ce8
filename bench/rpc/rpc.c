/* rpc: clients on the control socket, each with one request in flight. Prints one JSON line. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CAPACITY = 1 << 20, MOST = 8 << 20 };

typedef struct client {
    int descriptor;
    unsigned number;
    int64_t sent_ns;
} client;

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void ask(client *client, const char *method) {
    char line[256];
    int length = snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\"}\n", ++client->number, method);
    client->sent_ns = now_ns();
    if (send(client->descriptor, line, (size_t)length, MSG_NOSIGNAL) != length) fail("send");
}

/* A whole answer to the request at hand, and no error. */
static void take(client *client, char *buffer) {
    size_t length = 0;
    while (length == 0 || buffer[length - 1] != '\n') {
        ssize_t count = recv(client->descriptor, buffer + length, CAPACITY - length - 1, 0);
        if (count <= 0) fail("recv");
        length += (size_t)count;
    }
    buffer[length] = 0;
    char id[32];
    snprintf(id, sizeof id, "\"id\":%u", client->number);
    if (strstr(buffer, id) && strstr(buffer, "\"result\"")) return;
    fprintf(stderr, "rpc: an answer that was not expected: %.200s\n", buffer);
    exit(1);
}

static int by_size(const void *left, const void *right) {
    float difference = *(const float *)left - *(const float *)right;
    return difference < 0 ? -1 : difference > 0;
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: rpc SOCKET METHOD CLIENTS SECONDS\n");
        return 2;
    }
    int clients = atoi(words[3]);
    double seconds = atof(words[4]);
    client *all = calloc((size_t)clients, sizeof *all);
    float *waits = malloc(MOST * sizeof *waits);
    char *buffer = malloc(CAPACITY);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", words[1]);
    if (!all || !waits || !buffer || poll < 0) fail("rpc");
    for (int index = 0; index < clients; index++) {
        client *client = &all[index];
        client->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(client->descriptor, (struct sockaddr *)&address, sizeof address) < 0) fail(words[1]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        epoll_ctl(poll, EPOLL_CTL_ADD, client->descriptor, &event);
        ask(client, words[2]);
    }
    /* A second to warm up, then what counts. */
    int64_t from = now_ns() + 1000000000, until = from + (int64_t)(seconds * 1e9);
    size_t answers = 0;
    for (int64_t now = now_ns(); now < until; now = now_ns()) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 1000);
        if (ready == 0) fail("no answer within a second");
        for (int index = 0; index < ready; index++) {
            client *client = events[index].data.ptr;
            take(client, buffer);
            int64_t done = now_ns();
            if (done >= from && answers < MOST) waits[answers++] = (float)((double)(done - client->sent_ns) / 1e6);
            ask(client, words[2]);
        }
    }
    qsort(waits, answers, sizeof *waits, by_size);
    printf("{\"bench\":\"rpc\",\"method\":\"%s\",\"clients\":%d,\"requests_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n", words[2],
           clients, (double)answers / seconds, waits[answers / 2], waits[answers * 99 / 100], waits[answers - 1]);
    return 0;
}
