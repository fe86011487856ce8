/* What strangers can send to telephony-twilio, mutated by libFuzzer under the address sanitizer: `make fuzz`.
 * Lines of the input go to one media stream; the whole input is also the body of a webhook. */
#include <patchbay.h>
#include <stdlib.h>
#include <string.h>

static const pb_plugin *entry;
static void *plugin;
static int is_over;

static const void *no_service(void *context, const char *id) {
    (void)context;
    (void)id;
    return NULL;
}

/* Reads everything it is given, so that the sanitizer sees what the host would. */
static void take(void *context, const pb_frame *frame) {
    volatile unsigned sum = 0;
    (void)context;
    if (is_over) abort(); /* nothing may follow the end */
    for (uint64_t index = 0; index < frame->length; index++) sum += ((const unsigned char *)frame->data)[index];
    if (frame->type == PB_FRAME_AUDIO && (frame->length == 0 || frame->length % 2 || frame->time_us > INT64_MAX / 8)) abort();
    if (frame->type == PB_FRAME_END) is_over = 1;
}

static void take_failure(void *context, const pb_error *error) {
    (void)context;
    if (is_over || error->code == PB_OK || error->message_length > PB_ERROR_TEXT) abort();
    is_over = 1;
}

static const pb_stream_table *open_stream(const char *id, const char *options, void **stream) {
    pb_sink sink = {NULL, take, take_failure};
    pb_error error = {0};
    const pb_stream_table *table = entry->find(plugin, id);
    is_over = 0;
    if (table->open(plugin, (pb_text){options, strlen(options)}, &sink, stream, &error) != PB_OK) abort();
    return table;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static const char config[] = "{\"verify_signatures\":false,\"skip_bound\":5}";
    pb_host host = {PB_ABI, sizeof host, NULL, no_service};
    pb_error error = {0};
    (void)count;
    (void)arguments;
    entry = patchbay_plugin_v1();
    if (entry->create(&host, (pb_text){config, sizeof config - 1}, &plugin, &error) != PB_OK) abort();
    return 0;
}

static void push(const pb_stream_table *table, void *stream, uint32_t type, const void *bytes, size_t length) {
    /* A copy of its own size: a read beyond the message is seen. */
    char *copy = malloc(length ? length : 1);
    pb_frame frame = {.type = type, .data = copy, .length = length};
    memcpy(copy, bytes, length);
    table->push(stream, &frame);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const int16_t samples[160];
    void *stream = NULL;
    const pb_stream_table *table = open_stream(PB_TELEPHONY_MEDIA, "{\"url\":\"wss://host/media\",\"headers\":{}}", &stream);
    const uint8_t *at = bytes, *end = bytes + length;
    while (at < end) {
        const uint8_t *line = memchr(at, '\n', (size_t)(end - at));
        if (!line) line = end;
        push(table, stream, PB_FRAME_BYTES, at, (size_t)(line - at));
        push(table, stream, PB_FRAME_AUDIO, samples, sizeof samples);
        at = line + 1;
    }
    table->close(stream);
    table = open_stream(PB_TELEPHONY_WEBHOOK,
                        "{\"purpose\":\"voice\",\"method\":\"POST\",\"url\":\"https://host/voice\",\"headers\":{\"content-type\":"
                        "\"application/x-www-form-urlencoded\"}}",
                        &stream);
    push(table, stream, PB_FRAME_BYTES, bytes, length);
    push(table, stream, PB_FRAME_DONE, "", 0);
    static const char connect[] = "{\"op\":\"connect\",\"media_url\":\"wss://host/<&>\",\"parameters\":{\"a\":\"\\\"\"}}";
    if (!is_over) push(table, stream, PB_FRAME_JSON, connect, sizeof connect - 1);
    table->close(stream);
    return 0;
}
