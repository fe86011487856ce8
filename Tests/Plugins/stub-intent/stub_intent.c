/* stub-intent: sure of the same label always. */
#include "../stub.h"

static int32_t stub_push(void *context, const pb_frame *frame) {
    if (frame->type != PB_FRAME_TEXT) return PB_OK;
    STUB_EMIT_TEXT(context, PB_FRAME_JSON, 0, frame->item, "{\"labels\":[{\"name\":\"book\",\"confidence\":0.9}]}");
    stub_emit(context, PB_FRAME_DONE, 0, frame->item, NULL, 0);
    return PB_OK;
}

static void stub_cancel(void *stream, uint64_t item) {
    (void)stream;
    (void)item;
}

STUB_PLUGIN("intent", PB_INTENT)
