/* Errors, log lines and small JSON. */
#include "twilio.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int32_t fail_with(pb_error *error, int32_t code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    error->message_length = length < 0 ? 0 : length < PB_ERROR_TEXT ? (uint32_t)length : PB_ERROR_TEXT - 1;
    error->code = code;
    error->retryable = 0;
    error->retry_after_ms = 0;
    return code;
}

void write_log(const twilio *plugin, uint32_t level, const char *text) {
    if (plugin->log) plugin->log->write(plugin->log->context, level, (pb_text){text, strlen(text)}, (pb_text){NULL, 0});
}

void count(const twilio *plugin, const char *name) {
    if (plugin->metrics) plugin->metrics->count(plugin->metrics->context, (pb_text){name, strlen(name)}, 1);
}

void emit_json(const pb_sink *sink, struct json_object *value) {
    size_t length = 0;
    const char *text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    pb_frame frame = {.type = PB_FRAME_JSON, .data = text, .length = length};
    sink->emit(sink->context, &frame);
    json_object_put(value);
}

struct json_object *parse(pb_text text) {
    struct json_tokener *tokener = json_tokener_new();
    if (!tokener) return NULL;
    struct json_object *value = json_tokener_parse_ex(tokener, text.bytes, (int)text.length);
    json_tokener_free(tokener);
    return value;
}

const char *member(struct json_object *object, const char *name) {
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string)) return "";
    return json_object_get_string(value);
}
