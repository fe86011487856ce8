import CKafka
import PluginKit
import Synchronization

/// Why the brokers let nobody in, as librdkafka tells it beside the messages, which only wait then. Any thread.
final class Barrier: Sendable {
    private let reason = Mutex<(code: rd_kafka_resp_err_t, words: String)?>(nil)

    func note(_ code: rd_kafka_resp_err_t, _ words: String) {
        guard code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL else { return }
        reason.withLock { $0 = (code, words) }
    }

    /// Somebody was let in.
    func open() { reason.withLock { $0 = nil } }

    /// With the settings to look at; nil: nobody is kept out.
    var problem: PluginProblem? {
        reason.withLock { $0 }.map { code, words in
            let advice =
                code == RD_KAFKA_RESP_ERR__SSL
                ? "is ca_file that of the brokers' certificates, and security_protocol right?"
                : "check sasl_mechanism, sasl_username and the secret of sasl_password_secret"
            return PluginProblem(.refused, "kafka: \(words); \(advice)", isRetryable: true)
        }
    }
}
