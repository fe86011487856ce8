/* stub-tts: two seconds of a tone for every sentence, in pieces of 100 ms. */
#include "../stub.h"

enum { PIECE = 800, PIECES = 20 };

static int32_t stub_push(void *context, const pb_frame *frame) {
    stub_stream *stream = context;
    if (frame->type == PB_FRAME_TEXT) {
        stream->item = frame->item;
        /* A cancel may come from inside an emit: it clears `item`. */
        int16_t samples[PIECE];
        for (int index = 0; index < PIECE; index++) samples[index] = (int16_t)(index % 40 < 20 ? 3000 : -3000);
        for (int piece = 0; piece < PIECES && stream->item == frame->item; piece++)
            stub_emit(stream, PB_FRAME_AUDIO, 0, frame->item, samples, sizeof samples);
    } else if (frame->type == PB_FRAME_DONE && stream->item == frame->item) {
        stub_emit(stream, PB_FRAME_DONE, 0, frame->item, NULL, 0);
    }
    return PB_OK;
}

static void stub_cancel(void *context, uint64_t item) {
    stub_stream *stream = context;
    if (stream->item == 0 || (item != 0 && stream->item != item)) return;
    uint64_t cancelled = stream->item;
    stream->item = 0;
    stub_emit(stream, PB_FRAME_DONE, 0, cancelled, NULL, 0);
}

STUB_PLUGIN("tts", PB_TTS)
