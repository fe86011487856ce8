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
    const pb_http_v1 *http;
    char *secret_name;
    char *account_sid, *base_url; /* never NULL; without a slash at the end */
    char *api_key;                /* NULL: the account itself signs in, with its auth token */
    char *api_key_secret;
    long rings_s;
    uint32_t request_ms;
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

/* carrier.c: the REST API's requests and answers. What is returned is the caller's. */
typedef struct rest_answer {
    unsigned status; /* 0: none came */
    uint32_t retry_after_ms;
    char *body;
    size_t length;
    int is_broken, is_too_large;
    char reason[PB_ERROR_TEXT + 1]; /* why it is broken */
} rest_answer;
char *place_form(const twilio *plugin, struct json_object *question); /* NULL: no memory */
/* Of all calls, of one, or of those that a filter ("to", "from") leaves. */
char *calls_address(const twilio *plugin, const char *call_id, struct json_object *filter);
char *page_address(const twilio *plugin, const char *path); /* NULL: not on the carrier's server */
int64_t read_instant(const char *text);                     /* RFC 3339 in seconds since 1970; -1: no time */
struct json_object *calls_error(const char *verdict, long code, uint32_t retry_after_ms, const char *message);
/* One call, or an error. `ended`: the call that was to be ended; one that is over already is a success. */
struct json_object *read_call(const twilio *plugin, const rest_answer *answer, const char *ended);
/* Adds a page's calls to `found`; NULL, or the error. `next`: the path of the page behind it. */
struct json_object *read_page(const twilio *plugin, const rest_answer *answer, int64_t since, struct json_object *found, char **next);

/* webhook.c: +, then 2 to 15 digits */
int is_telephone_number(const char *text);

/* media.c, webhook.c, calls.c */
extern const pb_stream_table media_table, webhook_table, calls_table;

/* plugin.c: PB_OK if `signature` may be trusted for the request, or an error filled. */
int32_t check_signature(const twilio *plugin, const char *url, const parameters *form, const char *signature, pb_error *error);

#endif
