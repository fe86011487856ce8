/* asr-pocketsphinx: speech recognition on this machine. Blocks: the host runs its streams on workers. */
#include "recogniser.h"

#include <sphinxbase/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define MODELS_FOLDER "/usr/share/pocketsphinx/model/en-us"

static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"acoustic_model\":{\"type\":\"string\",\"default\":\"" MODELS_FOLDER "/en-us\",\"description\":\"Folder of a 16 kHz model.\"},"
    "\"dictionary\":{\"type\":\"string\",\"default\":\"" MODELS_FOLDER "/cmudict-en-us.dict\",\"description\":\"How words are pronounced.\"},"
    "\"language_model\":{\"type\":\"string\",\"default\":\"" MODELS_FOLDER "/en-us.lm.bin\",\"description\":\"Where everyday words are taken from.\"},"
    "\"language\":{\"type\":\"string\",\"default\":\"en-US\",\"description\":\"The language of all three.\"},"
    "\"vocabulary\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":20000,\"default\":3000,\"description\":\"How many everyday words are "
    "understood beside the agent's own phrases.\"},"
    "\"decoders\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1024,\"default\":32,\"description\":\"How many callers may speak at the same "
    "moment. One more waits up to 10 s, then the next plugin of the route is tried.\"},"
    "\"second_pass\":{\"type\":\"boolean\",\"default\":true,\"description\":\"Listen twice: a third fewer errors, 50 ms later.\"}}}";

int32_t refuse(pb_error *error, int32_t code, bool retryable, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    error->message_length = length < 0 ? 0 : length < PB_ERROR_TEXT ? (uint32_t)length : PB_ERROR_TEXT - 1;
    error->code = code;
    error->retryable = retryable;
    error->retry_after_ms = 0;
    return code;
}

void say(const recogniser *plugin, uint32_t level, const char *format, ...) {
    char line[200];
    if (!plugin->log) return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    pb_text message = {line, (uint64_t)length < sizeof line ? (uint64_t)length : sizeof line - 1}, none = {NULL, 0};
    plugin->log->write(plugin->log->context, level, message, none);
}

static void destroy(void *pointer) {
    recogniser *plugin = pointer;
    decoders_free(plugin);
    for (size_t index = 0; index < sizeof plugin->models / sizeof *plugin->models; index++) model_free(&plugin->models[index]);
    for (size_t index = 0; index < plugin->common_count; index++) free(plugin->common[index].word);
    free(plugin->common);
    dictionary_free(plugin->words);
    free(plugin->acoustic_model);
    free(plugin->dictionary_path);
    free(plugin->language_model);
    free(plugin->language);
    pthread_mutex_destroy(&plugin->lock);
    free(plugin);
}

static char *text_of(struct json_object *config, const char *name, const char *otherwise) {
    struct json_object *value;
    return strdup(json_object_object_get_ex(config, name, &value) ? json_object_get_string(value) : otherwise);
}

static int number_of(struct json_object *config, const char *name, int otherwise) {
    struct json_object *value;
    return json_object_object_get_ex(config, name, &value) ? json_object_get_int(value) : otherwise;
}

static int32_t configure(recogniser *plugin, struct json_object *config, pb_error *error) {
    struct json_object *second;
    plugin->acoustic_model = text_of(config, "acoustic_model", MODELS_FOLDER "/en-us");
    plugin->dictionary_path = text_of(config, "dictionary", MODELS_FOLDER "/cmudict-en-us.dict");
    plugin->language_model = text_of(config, "language_model", MODELS_FOLDER "/en-us.lm.bin");
    plugin->language = text_of(config, "language", "en-US");
    plugin->vocabulary = number_of(config, "vocabulary", 3000);
    plugin->limit = number_of(config, "decoders", 32);
    plugin->second_pass = !json_object_object_get_ex(config, "second_pass", &second) || json_object_get_boolean(second);
    plugin->decoders = calloc((size_t)plugin->limit, sizeof *plugin->decoders);
    if (!plugin->acoustic_model || !plugin->dictionary_path || !plugin->language_model || !plugin->language || !plugin->decoders)
        return refuse(error, PB_ERROR_INTERNAL, true, "out of memory");
    /* The library ends the process over a model that is not there. */
    static const char *const parts[] = {"feat.params", "mdef", "means", "variances", "transition_matrices", "noisedict"};
    for (size_t index = 0; index < sizeof parts / sizeof *parts; index++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", plugin->acoustic_model, parts[index]);
        if (access(path, R_OK) != 0) return refuse(error, PB_ERROR_INVALID, false, "acoustic_model: %s cannot be read; Debian has it in pocketsphinx-en-us", path);
    }
    plugin->words = dictionary_read(plugin->dictionary_path);
    if (!plugin->words) return refuse(error, PB_ERROR_INVALID, false, "dictionary: %s cannot be read", plugin->dictionary_path);
    if (plugin->vocabulary > 0 && !recogniser_read_common(plugin))
        return refuse(error, PB_ERROR_INVALID, false, "language_model: %s cannot be read", plugin->language_model);
    return PB_OK;
}

/* A model without any phrases and a decoder for it: what is wrong shows now, not in the first call. */
static int32_t try_out(recogniser *plugin, pb_error *error) {
    phrase_list none = {0};
    model *plain = model_acquire(plugin, &none, error);
    if (!plain) return error->code;
    decoder *first = decoder_acquire(plugin, plain, error);
    if (first) decoder_release(plugin, first);
    model_release(plugin, plain);
    return first ? PB_OK : error->code;
}

static int32_t create(const pb_host *host, pb_text config, void **made, pb_error *error) {
    err_set_logfp(NULL);
    recogniser *plugin = calloc(1, sizeof *plugin);
    if (!plugin) return refuse(error, PB_ERROR_INTERNAL, true, "out of memory");
    pthread_mutex_init(&plugin->lock, NULL);
    plugin->log = host->service(host->context, "patchbay.log/1");
    plugin->metrics = host->service(host->context, "patchbay.metrics/1");
    for (size_t index = 0; index < sizeof plugin->models / sizeof *plugin->models; index++)
        plugin->models[index].language = plugin->models[index].dictionary = -1;
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *json = tokener ? json_tokener_parse_ex(tokener, config.bytes, (int)config.length) : NULL;
    if (tokener) json_tokener_free(tokener);
    int32_t code = configure(plugin, json, error);
    json_object_put(json);
    if (code == PB_OK) code = try_out(plugin, error);
    if (code != PB_OK) {
        destroy(plugin);
        return code;
    }
    *made = plugin;
    return PB_OK;
}

static const pb_stream_table *find(void *plugin, const char *id) {
    (void)plugin;
    return strcmp(id, PB_ASR) == 0 ? &recogniser_streams : NULL;
}

static const pb_plugin table = {
    .abi = PB_ABI,
    .size = sizeof(pb_plugin),
    .flags = PB_PLUGIN_BLOCKS,
    .name = TEXT("asr-pocketsphinx"),
    .kind = TEXT("asr"),
    .version = TEXT("1.0.0"),
    .config_schema = TEXT(schema),
    .create = create,
    .find = find,
    .destroy = destroy,
};

const pb_plugin *patchbay_plugin_v1(void) { return &table; }
