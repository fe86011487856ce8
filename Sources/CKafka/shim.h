#include <librdkafka/rdkafka.h>

/* rd_kafka_producev takes a variable number of arguments, which Swift cannot call. The message is copied; `headers` belong
 * to librdkafka when this succeeds. */
static inline rd_kafka_resp_err_t ckafka_produce(rd_kafka_t *kafka, const char *topic, const void *key, size_t key_length,
                                                 const void *value, size_t length, rd_kafka_headers_t *headers,
                                                 void *opaque) {
    return rd_kafka_producev(kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(key, key_length), RD_KAFKA_V_VALUE((void *)value, length),
                             RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
}
