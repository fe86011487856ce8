/*
 * load: plays callers against a host, as the carrier would: a signed voice webhook, the media socket that the answer
 * names, 20 ms frames in real time. A turn is 2 s of speech and 4 s of silence.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_BYTES = 160, SPEECH_FRAMES = 100, TURN_FRAMES = 300, BUCKETS = 20, MARKS = 64 };

typedef struct options {
    const char *host, *public_url, *voice_path, *token, *number;
    const char *echo_path; /* set: no webhook; each socket's answers are timed against its last frame */
    const char *part, *count_path; /* set: a line of bench/frame, with the allocations counted in that file */
    int port, turns, pid, endpointing_ms, is_silent, is_cold; /* cold: nobody warms the host up */
} options;

typedef struct mark {
    int64_t due_us;
    char name[64];
} mark;

typedef struct call {
    int descriptor, index, bucket, frame, turn;
    unsigned sequence, chunk;
    int is_open, is_awaiting;
    int64_t speech_ended_us, last_sent_us, play_end_us;
    unsigned char *input;
    size_t input_length;
    char stream[40], sid[40];
    mark marks[MARKS];
    int mark_count;
    struct call *next; /* in its bucket */
} call;

/* What one step measured. */
typedef struct figures {
    float *added_ms;
    size_t added_count, added_capacity;
    uint64_t frames_sent, frames_received, late_frames, unanswered, broken, refused, clears;
    double lag_ms;
    int is_measuring;
} figures;

int64_t now_us(void);

/* Opens one call, blocking: webhook, TwiML, upgrade. 0, or -1 with a line on stderr. */
int call_open(call *call, const options *options);

/* Sends a masked text frame; -1 where the socket is broken or full. */
int call_send(call *call, const char *text, size_t length);

/* The messages a carrier sends. */
int call_start(call *call);
int call_media(call *call, int is_silent);

/* Handles one message of the host. */
void call_receive(call *call, const options *options, figures *figures, const char *text, size_t length);

/* Returns the marks whose audio has been played. */
void call_return_marks(call *call, int64_t now);

/* Reads what is there and handles whole messages; -1 at the end. */
int call_read(call *call, const options *options, figures *figures);

#endif
