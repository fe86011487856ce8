/* A server that speaks Kafka's protocol, for tests: librdkafka's mock cluster, in memory.
 *
 *   kafka-mock PARTITIONS [TOPIC ...]    prints where it listens, then obeys lines on standard input, answering each with
 *                                        "ok": down | up | delay MILLISECONDS | refuse API CODE TIMES |
 *                                        topic CODE NAME |
 *                                        bar TOPIC: there is none, and none is made
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words) {
    char reason[512], line[256], topic[200];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    /* Otherwise it complains that it has no brokers to talk to. */
    rd_kafka_conf_set(configuration, "log_level", "0", reason, sizeof reason);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, reason, sizeof reason);
    if (!handle) {
        fprintf(stderr, "kafka-mock: %s\n", reason);
        return 1;
    }
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(handle, 1);
    int partitions = count > 1 ? atoi(words[1]) : 4;
    rd_kafka_mock_topic_create(cluster, "__warm", 1, 1);
    for (int index = 2; index < count; index++) rd_kafka_mock_topic_create(cluster, words[index], partitions, 1);
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        int first, second, times;
        if (strncmp(line, "down", 4) == 0)
            rd_kafka_mock_broker_set_down(cluster, 1);
        else if (strncmp(line, "up", 2) == 0)
            rd_kafka_mock_broker_set_up(cluster, 1);
        else if (sscanf(line, "delay %d", &first) == 1)
            rd_kafka_mock_broker_set_rtt(cluster, 1, first);
        else if (sscanf(line, "topic %d %200s", &first, reason) == 2)
            rd_kafka_mock_topic_set_error(cluster, reason, first);
        else if (sscanf(line, "refuse %d %d %d", &first, &second, &times) == 3)
            while (times-- > 0) rd_kafka_mock_push_request_errors(cluster, (int16_t)first, 1, second);
        else if (sscanf(line, "bar %199s", topic) == 1)
            rd_kafka_mock_topic_set_error(cluster, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        printf("ok\n");
        fflush(stdout);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(handle);
    return 0;
}
