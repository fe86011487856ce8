/* tts-tone: every letter is a tone. Build: cc -std=c99 -shared -fPIC -fvisibility=hidden -Iinclude tone.c -o libtts-tone.so */
#include <patchbay.h>
#include <stdlib.h>
#include <string.h>

typedef struct tone { pb_sink sink; } tone;

static int32_t create(const pb_host *host, pb_text config, void **plugin, pb_error *error) {
    (void)host, (void)config, (void)error;
    return (*plugin = malloc(1)) ? PB_OK : PB_ERROR_INTERNAL;
}
static void destroy(void *plugin) { free(plugin); }

static int32_t tone_open(void *plugin, pb_text options, const pb_sink *sink, void **stream, pb_error *error) {
    (void)plugin, (void)options, (void)error;
    tone *t = malloc(sizeof *t);
    if (!t) return PB_ERROR_INTERNAL;
    t->sink = *sink; /* copied: it is lent for this call only */
    *stream = t;
    return PB_OK;
}
static int32_t tone_push(void *stream, const pb_frame *frame) {
    tone *t = stream;
    const unsigned char *text = frame->data;
    pb_frame out = *frame;
    if (frame->type == PB_FRAME_DONE) t->sink.emit(t->sink.context, &out); /* this sentence is complete */
    for (uint64_t i = 0; frame->type == PB_FRAME_TEXT && i < frame->length; i++) {
        int16_t samples[400]; /* 50 ms at 8 kHz */
        for (int n = 0; n < 400; n++) samples[n] = (n * (300 + text[i] * 4) / 4000) % 2 ? 4000 : -4000;
        out.type = PB_FRAME_AUDIO, out.data = samples, out.length = sizeof samples;
        t->sink.emit(t->sink.context, &out);
    }
    return PB_OK;
}
static void tone_cancel(void *stream, uint64_t item) { (void)stream, (void)item; } /* all was emitted before push returned */
static void tone_close(void *stream) { free(stream); }

static const pb_stream_table streams = {tone_open, tone_push, tone_cancel, tone_close};
static const pb_stream_table *find(void *plugin, const char *id) { (void)plugin; return strcmp(id, PB_TTS) == 0 ? &streams : NULL; }

#define TEXT(literal) {literal, sizeof(literal) - 1}
static const pb_plugin plugin = {PB_ABI, sizeof(pb_plugin), PB_PLUGIN_UNLOADABLE, 0, TEXT("tts-tone"), TEXT("tts"), TEXT("1.0.0"),
                                 TEXT("{\"type\":\"object\"}"), create, find, NULL, destroy};
const pb_plugin *patchbay_plugin_v1(void) { return &plugin; }
