/* telephony-twilio: Twilio's voice webhooks and Media Streams. */
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
    "\"description\":\"Senseless media messages in a row after which the connection is given up.\"}}}";

static int32_t create(const pb_host *host, pb_text config, void **plugin, pb_error *error) {
    twilio *created = calloc(1, sizeof *created);
    struct json_object *json = parse(config), *value = NULL;
    if (!created) return fail_with(error, PB_ERROR_INTERNAL, "out of memory");
    created->log = host->service(host->context, "patchbay.log/1");
    created->secrets = host->service(host->context, "patchbay.secret/1");
    created->metrics = host->service(host->context, "patchbay.metrics/1");
    created->secret_name = strdup(json && *member(json, "auth_token_secret") ? member(json, "auth_token_secret") : "twilio_auth_token");
    created->verifies = !(json && json_object_object_get_ex(json, "verify_signatures", &value)) || json_object_get_boolean(value);
    created->skip_bound = json && json_object_object_get_ex(json, "skip_bound", &value) ? (unsigned)json_object_get_int(value) : 50;
    json_object_put(json);
    if (!created->verifies) write_log(created, PB_LOG_WARNING, "signatures are not verified: anybody can place calls here");
    *plugin = created;
    return PB_OK;
}

static void destroy(void *pointer) {
    twilio *plugin = pointer;
    free(plugin->secret_name);
    free(plugin);
}

static const pb_stream_table *find(void *plugin, const char *id) {
    (void)plugin;
    if (strcmp(id, PB_TELEPHONY_MEDIA) == 0) return &media_table;
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

static int32_t health(void *pointer, uint64_t deadline_us, pb_error *error) {
    const twilio *plugin = pointer;
    (void)deadline_us;
    if (!plugin->verifies || !plugin->secrets) return PB_OK;
    char token[256];
    uint64_t length = plugin->secrets->read(plugin->secrets->context, (pb_text){plugin->secret_name, strlen(plugin->secret_name)}, token, sizeof token);
    memset(token, 0, sizeof token);
    return length > 0 ? PB_OK : fail_with(error, PB_ERROR_REFUSED, "the secret %s is missing: every call will be refused", plugin->secret_name);
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
