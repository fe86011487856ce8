/* stub-llm: one sentence, in pieces as a model streams it. */
#include "../stub.h"

static int32_t stub_push(void *context, const pb_frame *frame) {
    if (frame->type != PB_FRAME_JSON) return PB_OK;
    STUB_EMIT_TEXT(context, PB_FRAME_TEXT, 0, frame->item, "Thursday");
    STUB_EMIT_TEXT(context, PB_FRAME_TEXT, 0, frame->item, " at ten");
    STUB_EMIT_TEXT(context, PB_FRAME_TEXT, 0, frame->item, " is free.");
    stub_emit(context, PB_FRAME_DONE, 0, frame->item, NULL, 0);
    return PB_OK;
}

static void stub_cancel(void *stream, uint64_t item) {
    (void)stream;
    (void)item;
}

STUB_PLUGIN("llm", PB_LLM)
