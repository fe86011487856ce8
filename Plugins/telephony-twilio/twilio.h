/* What the parts of the plugin share. */
#ifndef TWILIO_H
#define TWILIO_H

#include <json.h>
#include <patchbay.h>
#include <stddef.h>

typedef struct twilio {
    const pb_log_v1 *log;
    const pb_secret_v1 *secrets;
    const pb_metrics_v1 *metrics;
    char *secret_name;
    int verifies;
    unsigned skip_bound; /* senseless messages in a row after which the connection is given up */
} twilio;

/* A piece of somebody else's text. */
typedef struct slice {
    const char *start;
    size_t length;
} slice;

/* errors.c */
int32_t fail_with(pb_error *error, int32_t code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void write_log(const twilio *plugin, uint32_t level, const char *text);
void count(const twilio *plugin, const char *name);
void emit_json(const pb_sink *sink, struct json_object *value); /* takes the value over */
struct json_object *parse(pb_text text);
const char *member(struct json_object *object, const char *name); /* "" where there is none */

/* audio.c: mu-law (ITU-T G.711) and base64 (RFC 4648) */
size_t base64_encode(char *to, const uint8_t *from, size_t length);
/* Decoded bytes, or -1 for a text that is not base64. `to` has room for 3/4 of the length. */
long base64_decode(uint8_t *to, const char *from, size_t length);
void mulaw_decode(int16_t *to, const uint8_t *from, size_t count);
void mulaw_encode(uint8_t *to, const int16_t *from, size_t count);

/* scan.c: the members of a message that matter, without building a tree */
typedef struct message {
    slice event, stream, track, chunk, timestamp, payload;
    int has_escapes; /* one of them is written with escapes: read the message with a real parser */
} message;
/* 1 if the text is one JSON object and nothing else. */
int scan_message(const char *text, size_t length, message *found);

/* signature.c: X-Twilio-Signature */
typedef struct parameter {
    char *name, *value;
} parameter;
typedef struct parameters {
    parameter *items;
    size_t count;
} parameters;
int parse_form(const char *body, size_t length, parameters *found); /* -1: no memory */
void free_parameters(parameters *found);
const char *find_parameter(const parameters *found, const char *name); /* "" where there is none */
/* 1 if the signature fits the request. `form` is NULL where the parameters are in the URL. */
int verify_signature(const char *token, size_t token_length, const char *url, const parameters *form, const char *signature);
/* Whether the URL's bodySHA256 is the body's. */
int verify_body_digest(const char *url, const void *body, size_t length);

/* media.c, webhook.c */
extern const pb_stream_table media_table, webhook_table;

/* plugin.c: PB_OK if `signature` may be trusted for the request, or an error filled. */
int32_t check_signature(const twilio *plugin, const char *url, const parameters *form, const char *signature, pb_error *error);

#endif
