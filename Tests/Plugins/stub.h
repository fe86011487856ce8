/*
 * stub.h: what the stub plugins share. Each answers inline, at once and always the same, so that a benchmark measures the
 * host and nothing else.
 */
#ifndef STUB_H
#define STUB_H

#include "patchbay.h"

#include <stdlib.h>
#include <string.h>


typedef struct stub_stream {
    pb_sink sink;
    uint64_t item;  /* being worked on */
    uint64_t count; /* what a stub counts within it */
} stub_stream;

static inline void stub_emit(stub_stream *stream, uint32_t type, uint32_t flags, uint64_t item, const void *data, size_t length) {
    const pb_frame frame = {.type = type, .flags = flags, .item = item, .data = data, .length = length};
    stream->sink.emit(stream->sink.context, &frame);
}

#define STUB_EMIT_TEXT(stream, type, flags, item, literal) stub_emit(stream, type, flags, item, literal, sizeof(literal) - 1)

static int32_t stub_open(void *plugin, pb_text options, const pb_sink *sink, void **stream, pb_error *error) {
    (void)plugin;
    (void)options;
    stub_stream *opened = calloc(1, sizeof *opened);
    if (!opened) {
        memset(error, 0, sizeof *error);
        return error->code = PB_ERROR_INTERNAL;
    }
    opened->sink = *sink;
    *stream = opened;
    return PB_OK;
}

static void stub_close(void *stream) { free(stream); }

/* There is nothing to configure: the instance is any pointer but NULL. */
static int32_t stub_create(const pb_host *host, pb_text config, void **plugin, pb_error *error) {
    (void)config;
    (void)error;
    *plugin = (void *)(uintptr_t)host;
    return PB_OK;
}

static void stub_destroy(void *plugin) { (void)plugin; }

/* Exports a plugin `stub-<kind_name>` with the functions stub_push and stub_cancel of the including file. */
#define STUB_PLUGIN(kind_name, interface)                                                                     \
    static const pb_stream_table *stub_find(void *plugin, const char *id) {                                   \
        static const pb_stream_table table = {stub_open, stub_push, stub_cancel, stub_close};                 \
        (void)plugin;                                                                                         \
        return strcmp(id, interface) == 0 ? &table : NULL;                                                    \
    }                                                                                                         \
    const pb_plugin *patchbay_plugin_v1(void) {                                                               \
        static const pb_plugin plugin = {                                                                     \
            .abi = PB_ABI,                                                                                    \
            .size = sizeof(pb_plugin),                                                                        \
            .name = {"stub-" kind_name, sizeof("stub-" kind_name) - 1},                                       \
            .kind = {kind_name, sizeof(kind_name) - 1},                                                       \
            .version = {"1.0.0", 5},                                                                          \
            .create = stub_create,                                                                            \
            .find = stub_find,                                                                                \
            .destroy = stub_destroy,                                                                          \
        };                                                                                                    \
        return &plugin;                                                                                       \
    }

#endif
