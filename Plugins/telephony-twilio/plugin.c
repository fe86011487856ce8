/* telephony-twilio: Twilio's voice webhooks, Media Streams, and calls over its REST API. */
#include "twilio.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {literal, sizeof(literal) - 1}

static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"x-headers\":[\"x-twilio-signature\"],\"properties\":{"
    "\"auth_token_secret\":{\"type\":\"string\",\"default\":\"twilio_auth_token\","
    "\"description\":\"Name of the secret with the account's auth token; signatures are made with it.\"},"
    "\"verify_signatures\":{\"type\":\"boolean\",\"default\":true,"
    "\"description\":\"Refuse requests and media sockets without a valid signature.\"},"
    "\"skip_bound\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100000,\"default\":50,"
    "\"description\":\"Senseless media messages in a row after which the connection is given up.\"},"
    "\"account_sid\":{\"type\":\"string\",\"pattern\":\"^AC[0-9a-fA-F]{32}$\","
    "\"description\":\"Whose calls are placed; without it none can be.\"},"
    "\"base_url\":{\"x-with\":\"account_sid\",\"type\":\"string\",\"default\":\"https://api.twilio.com\",\"pattern\":"
    "\"^(https://[^/?#@ ]+|http://(127[.]0[.]0[.]1|localhost|[[]::1[]])(:[0-9]{1,5})?)(/[^?#@ ]*)?$\","
    "\"description\":\"The REST API's address; plain http only on this machine, for a carrier to practise on.\"},"
    "\"api_key\":{\"type\":\"string\",\"pattern\":\"^SK[0-9a-fA-F]{32}$\","
    "\"description\":\"An API key to place calls with, instead of the account's auth token.\"},"
    "\"api_key_secret\":{\"x-with\":\"api_key\",\"type\":\"string\",\"default\":\"twilio_api_key_secret\","
    "\"description\":\"Name of the secret with the API key's secret.\"},"
    "\"rings_s\":{\"type\":\"integer\",\"minimum\":5,\"maximum\":600,\"default\":25,"
    "\"description\":\"How long a placed call rings unless the host says otherwise, in seconds.\"},"
    "\"request_ms\":{\"type\":\"integer\",\"minimum\":1000,\"maximum\":60000,\"default\":15000,"
    "\"description\":\"How long one request to the REST API may take, in milliseconds.\"}}}";

static char *text_member(struct json_object *json, const char *name, const char *other) {
    return strdup(json && *member(json, name) ? member(json, name) : other);
}

static long number_member(struct json_object *json, const char *name, long other) {
    struct json_object *value = NULL;
    return json && json_object_object_get_ex(json, name, &value) ? (long)json_object_get_int64(value) : other;
}

static void free_texts(twilio *plugin) {
    free(plugin->secret_name);
    free(plugin->account_sid);
    free(plugin->base_url);
    free(plugin->api_key);
    free(plugin->api_key_secret);
}

static int32_t create(const pb_host *host, pb_text config, void **plugin, pb_error *error) {
    twilio *created = calloc(1, sizeof *created);
    struct json_object *json = parse(config), *value = NULL;
    if (!created) return fail_with(error, PB_ERROR_INTERNAL, "out of memory");
    created->log = host->service(host->context, "patchbay.log/1");
    created->secrets = host->service(host->context, "patchbay.secret/1");
    created->metrics = host->service(host->context, "patchbay.metrics/1");
    created->http = host->service(host->context, "patchbay.http/1");
    created->secret_name = text_member(json, "auth_token_secret", "twilio_auth_token");
    created->account_sid = text_member(json, "account_sid", "");
    created->base_url = text_member(json, "base_url", "https://api.twilio.com");
    created->api_key = json && *member(json, "api_key") ? strdup(member(json, "api_key")) : NULL;
    created->api_key_secret = text_member(json, "api_key_secret", "twilio_api_key_secret");
    created->rings_s = number_member(json, "rings_s", 25);
    created->request_ms = (uint32_t)number_member(json, "request_ms", 15000);
    created->verifies = !(json && json_object_object_get_ex(json, "verify_signatures", &value)) || json_object_get_boolean(value);
    created->skip_bound = (unsigned)number_member(json, "skip_bound", 50);
    json_object_put(json);
    if (!created->secret_name || !created->account_sid || !created->base_url || !created->api_key_secret) {
        free_texts(created);
        free(created);
        return fail_with(error, PB_ERROR_INTERNAL, "out of memory");
    }
    size_t length = strlen(created->base_url);
    if (created->base_url[length - 1] == '/') created->base_url[length - 1] = 0;
    if (!created->verifies) write_log(created, PB_LOG_WARNING, "signatures are not verified: anybody can place calls here");
    *plugin = created;
    return PB_OK;
}

static void destroy(void *pointer) {
    free_texts(pointer);
    free(pointer);
}

static const pb_stream_table *find(void *plugin, const char *id) {
    (void)plugin;
    if (strcmp(id, PB_TELEPHONY_MEDIA) == 0) return &media_table;
    if (strcmp(id, PB_TELEPHONY_CALLS) == 0) return &calls_table;
    return strcmp(id, PB_TELEPHONY_WEBHOOK) == 0 ? &webhook_table : NULL;
}

int32_t check_signature(const twilio *plugin, const char *url, const parameters *form, const char *signature, pb_error *error) {
    char token[256];
    if (!plugin->verifies) return PB_OK;
    uint64_t length = 0;
    if (plugin->secrets)
        length = plugin->secrets->read(plugin->secrets->context, (pb_text){plugin->secret_name, strlen(plugin->secret_name)}, token, sizeof token);
    if (length == 0 || length > sizeof token)
        return fail_with(error, PB_ERROR_REFUSED, "no auth token to verify with: provide the secret %s", plugin->secret_name);
    if (!*signature) return fail_with(error, PB_ERROR_REFUSED, "the request is not signed (X-Twilio-Signature is missing)");
    int fits = verify_signature(token, length, url, form, signature);
    memset(token, 0, sizeof token);
    return fits ? PB_OK : fail_with(error, PB_ERROR_REFUSED, "the signature does not fit; is public_url the address the carrier calls?");
}

static int has_secret(const twilio *plugin, const char *name) {
    char nothing[1];
    return !plugin->secrets || plugin->secrets->read(plugin->secrets->context, (pb_text){name, strlen(name)}, nothing, 0) > 0;
}

static int32_t health(void *pointer, uint64_t deadline_us, pb_error *error) {
    const twilio *plugin = pointer;
    (void)deadline_us;
    if (plugin->verifies && !has_secret(plugin, plugin->secret_name))
        return fail_with(error, PB_ERROR_REFUSED, "the secret %s is missing: every call will be refused", plugin->secret_name);
    const char *key = plugin->api_key ? plugin->api_key_secret : plugin->secret_name;
    if (*plugin->account_sid && !has_secret(plugin, key))
        return fail_with(error, PB_ERROR_REFUSED, "the secret %s is missing: no call can be placed", key);
    return PB_OK;
}

static const pb_plugin table = {
    .abi = PB_ABI,
    .size = sizeof(pb_plugin),
    .flags = PB_PLUGIN_UNLOADABLE,
    .name = TEXT("telephony-twilio"),
    .kind = TEXT("telephony"),
    .version = TEXT("1.0.0"),
    .config_schema = TEXT(schema),
    .create = create,
    .find = find,
    .health = health,
    .destroy = destroy,
};

const pb_plugin *patchbay_plugin_v1(void) { return &table; }
