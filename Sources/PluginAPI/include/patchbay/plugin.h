/*
 * plugin.h: what a plugin exports. One symbol; everything else stays hidden.
 *
 *   patchbay_plugin_v1() -> pb_plugin
 *   create -> [ plugin ] -> find("patchbay.asr/1") -> pb_stream_table -> streams -> destroy
 *
 * Several instances of one plugin, and several versions of one file, may live in one process at once:
 * keep no mutable statics.
 */
#ifndef PATCHBAY_PLUGIN_H
#define PATCHBAY_PLUGIN_H

#include "services.h"
#include "stream.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PB_ABI 1u

#if defined(__GNUC__)
#define PB_EXPORT __attribute__((visibility("default")))
#else
#define PB_EXPORT
#endif

enum {
    PB_PLUGIN_BLOCKS = 1u << 0,    /* [loop] functions may block: run its streams on worker threads */
    PB_PLUGIN_UNLOADABLE = 1u << 1 /* no thread and no static survives destroy: the file may be unmapped */
};

/* A constant of the plugin. `abi` and `size` must equal PB_ABI and sizeof(pb_plugin): the size is a
 * checksum, never a way to grow. */
typedef struct pb_plugin {
    uint32_t abi;
    uint32_t size;
    uint32_t flags; /* PB_PLUGIN_... */
    uint32_t reserved;
    pb_text name;          /* "asr-deepgram": kind first, lower case, hyphens */
    pb_text kind;          /* "asr" */
    pb_text version;       /* "1.4.0" */
    pb_text config_schema; /* JSON Schema (draft 7) of the configuration object; may be empty */

    /* Makes an instance from a configuration the host has checked against `config_schema`. `host` is
     * valid until `destroy` returns. On failure fills `error` and returns its code. [control] */
    int32_t (*create)(const pb_host *host, pb_text config, void **plugin, pb_error *error);

    /* The table for an interface id such as "patchbay.asr/1" (NUL-terminated), or NULL. Valid until
     * `destroy`. [any] */
    const pb_stream_table *(*find)(void *plugin, const char *id);

    /* Whether a stream opened now would probably work; returns before `deadline_us` has passed. May be
     * NULL: always healthy. [control] */
    int32_t (*health)(void *plugin, uint64_t deadline_us, pb_error *error);

    /* Frees the instance. No stream is open any more. [control] */
    void (*destroy)(void *plugin);
} pb_plugin;

/* The entry point. Starts no thread, opens no file, may be called more than once. [any] */
PB_EXPORT const pb_plugin *patchbay_plugin_v1(void);

typedef const pb_plugin *(*pb_entry)(void);

#ifdef __cplusplus
}
#endif
#endif
