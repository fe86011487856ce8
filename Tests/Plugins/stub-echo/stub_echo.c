/* stub-echo: gives back what it is given. */
#include "../stub.h"

static int32_t stub_push(void *context, const pb_frame *frame) {
    stub_stream *stream = context;
    stream->sink.emit(stream->sink.context, frame);
    return PB_OK;
}

static void stub_cancel(void *stream, uint64_t item) {
    (void)stream;
    (void)item;
}

STUB_PLUGIN("tts", PB_TTS)
