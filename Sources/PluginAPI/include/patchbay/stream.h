/*
 * stream.h: frames, and the one table of functions that every kind of plugin fills.
 *
 *        open                 push, push, ...                     close
 *   host ----> [ stream ] <------------------ host ... host ------------->
 *                  | emit, emit, ..., then exactly one END or one failure
 *                  v
 *                 host
 *
 * Work on a stream is divided into items: an utterance, a sentence, a request. The host numbers them
 * from 1 upwards; item 0 belongs to the stream as a whole. A frame carries its item, in both
 * directions, and PB_FRAME_DONE closes an item: pushed, "this item's input is complete"; emitted,
 * "this item's output is complete".
 */
#ifndef PATCHBAY_STREAM_H
#define PATCHBAY_STREAM_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PB_FRAME_AUDIO = 1,  /* int16 mono PCM in native byte order, at the rate given in the options */
    PB_FRAME_TEXT = 2,   /* UTF-8; may split a word, never a character */
    PB_FRAME_JSON = 3,   /* one JSON value; its shape is the kind's contract */
    PB_FRAME_VECTOR = 4, /* float32 */
    PB_FRAME_BYTES = 5,  /* opaque: a wire message, a piece of a file */
    PB_FRAME_DONE = 6,   /* no payload: the item is complete */
    PB_FRAME_END = 7     /* no payload: nothing more will come in this direction */
};

enum {
    PB_FLAG_FINAL = 1u << 0 /* TEXT from recognition: will not be revised */
};

/* The only thing that crosses the boundary while a stream is open. 40 bytes. */
typedef struct pb_frame {
    uint32_t type;    /* PB_FRAME_... */
    uint32_t flags;   /* PB_FLAG_... */
    uint64_t item;    /* which utterance, sentence or request; 0: the stream */
    uint64_t time_us; /* position in the stream's audio, 0 where that means nothing */
    const void *data; /* valid until the call returns; aligned for its type */
    uint64_t length;  /* bytes */
} pb_frame;

/*
 * The host's side of one stream, copied by the plugin when it is opened. Both functions may be called
 * from any thread, but one at a time per stream, and also from inside a call into the stream. [any]
 */
typedef struct pb_sink {
    void *context;
    void (*emit)(void *context, const pb_frame *frame);
    void (*fail)(void *context, const pb_error *error); /* ends the stream */
} pb_sink;

/*
 * One table for every kind. After `close` has returned, the sink is not called again for that stream.
 */
typedef struct pb_stream_table {
    /* Starts a stream. `options` is a JSON object whose members are the kind's contract. On success
     * stores the stream and returns PB_OK; otherwise fills `error` and returns its code. [loop] */
    int32_t (*open)(void *plugin, pb_text options, const pb_sink *sink, void **stream, pb_error *error);

    /* Takes one frame; may come again from inside an emit of this very stream. Anything but PB_OK ends the stream: the host closes it and tries the next plugin
     * of the route. A frame type that the kind does not know is ignored with PB_OK. [loop] */
    int32_t (*push)(void *stream, const pb_frame *frame);

    /* Drops an item (0: all of them): no AUDIO of it is emitted after this returns, and it is closed
     * with DONE as if it had been completed. Harmless for an item that is unknown or done. [any] */
    void (*cancel)(void *stream, uint64_t item);

    /* Ends the stream and frees it. Called exactly once, also after a failure. [loop] */
    void (*close)(void *stream);
} pb_stream_table;

#ifdef __cplusplus
}
#endif
#endif
