/* stub-asr: understands the same sentence always; revises it every half second, as a real recogniser would. */
#include "../stub.h"

static int32_t stub_push(void *context, const pb_frame *frame) {
    stub_stream *stream = context;
    if (frame->item != stream->item) {
        stream->item = frame->item;
        stream->count = 0;
    }
    if (frame->type == PB_FRAME_AUDIO) {
        stream->count += frame->length / sizeof(int16_t);
        if (stream->count >= 4000) {
            stream->count = 0;
            STUB_EMIT_TEXT(stream, PB_FRAME_TEXT, 0, frame->item, "I would like to");
        }
    } else if (frame->type == PB_FRAME_DONE) {
        STUB_EMIT_TEXT(stream, PB_FRAME_TEXT, PB_FLAG_FINAL, frame->item, "I would like to book a repair");
        stub_emit(stream, PB_FRAME_DONE, 0, frame->item, NULL, 0);
    }
    return PB_OK;
}

static void stub_cancel(void *stream, uint64_t item) {
    (void)stream;
    (void)item;
}

STUB_PLUGIN("asr", PB_ASR)
