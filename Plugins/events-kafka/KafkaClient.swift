import CKafka
import PluginKit

/// How handles of librdkafka are made, and what its codes mean.
enum KafkaClient {
    /// Makes a handle; `configure` adds what is its own.
    static func make(
        _ type: rd_kafka_type_t,
        _ settings: Settings,
        host: Host,
        _ own: [(name: String, value: String)],
        _ configure: (OpaquePointer) -> Void = { _ in }
    ) throws(PluginProblem) -> OpaquePointer {
        guard let configuration = rd_kafka_conf_new() else { throw PluginProblem(.fault, "no memory") }
        var members = [
            ("bootstrap.servers", settings.brokers), ("client.id", "patchbay"), ("socket.keepalive.enable", "true"),
            ("reconnect.backoff.max.ms", "2000"), ("log_level", "0"), ("allow.auto.create.topics", "true"),
        ]
        members += settings.security + own
        if !settings.passwordSecret.isEmpty {
            guard let password = host.secret(settings.passwordSecret) else {
                rd_kafka_conf_destroy(configuration)
                throw PluginProblem(.refused, "sasl_password_secret: there is no secret \(settings.passwordSecret)")
            }
            members.append(("sasl.password", password))
        }
        var words = [CChar](repeating: 0, count: 512)
        for (name, value) in members {
            guard rd_kafka_conf_set(configuration, name, value, &words, words.count) == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(configuration)
                throw PluginProblem(.invalid, "\(name): \(text(words))")
            }
        }
        configure(configuration)
        // The handle takes the configuration over.
        guard let handle = rd_kafka_new(type, configuration, &words, words.count) else {
            rd_kafka_conf_destroy(configuration)
            throw PluginProblem(.invalid, "kafka: \(text(words))")
        }
        return handle
    }

    static func text(_ words: [CChar]) -> String {
        String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a code says that no broker answered, whatever the reason.
    static func isUnreachable(_ code: rd_kafka_resp_err_t) -> Bool {
        [
            RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR__TRANSPORT,
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
        ].contains(code)
    }

    /// What a code means, and what to do about it where an operator can.
    static func problem(_ code: rd_kafka_resp_err_t, topic: String, brokers: String) -> String {
        let words = String(cString: rd_kafka_err2str(code))
        let advice =
            switch code {
            case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: "; the topic's max.message.bytes is smaller than this event"
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
                "; create the topic, or name another one in \"topics\""
            case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: "; allow this user to write to and read the topic"
            case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
                "; check sasl_username and the secret of sasl_password_secret"
            case _ where isUnreachable(code):
                "; no broker of \(brokers) took it in time: are they up, and is \"brokers\" right?"
            default: ""
            }
        return "kafka, topic \(topic): \(words)\(advice)"
    }
}
