import CKafka
import JSONKit
import PluginKit

/// The one producer of the plugin: idempotent, and every message is reported on. Any thread.
///
/// Messages never time out by themselves: a batch that is late takes back everything that waits, so that nothing is sent
/// behind something that failed.
final class Producer: Sendable {
    typealias Report = (Result<String, PluginProblem>) -> Void

    /// A message on its way.
    private final class Ticket {
        let producer: Producer
        let topic: String
        let report: Report
        init(_ producer: Producer, _ topic: String, _ report: @escaping Report) {
            (self.producer, self.topic, self.report) = (producer, topic, report)
        }
    }

    /// Unsafe: librdkafka's handles may be used from any thread, which the compiler cannot know.
    nonisolated(unsafe) private let handle: OpaquePointer
    private let settings: Settings
    private let thread = KafkaThread()
    private let barrier = Barrier()

    init(_ settings: Settings, host: Host) throws(PluginProblem) {
        self.settings = settings
        nonisolated(unsafe) let barrier = Unmanaged.passUnretained(barrier).toOpaque()
        handle = try KafkaClient.make(
            RD_KAFKA_PRODUCER,
            settings,
            host: host,
            [
                ("enable.idempotence", "true"), ("message.timeout.ms", "0"), ("linger.ms", "5"),
                ("compression.type", settings.compression), ("queue.buffering.max.messages", "100000"),
                ("queue.buffering.max.kbytes", "65536"), ("topic.metadata.propagation.max.ms", "5000"),
            ]
        ) { configuration in
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, _ in
                if let message { Producer.reported(message.pointee) }
            }
            rd_kafka_conf_set_opaque(configuration, barrier)
            rd_kafka_conf_set_error_cb(configuration) { _, code, reason, barrier in
                guard let barrier, let reason else { return }
                Unmanaged<Barrier>.fromOpaque(barrier).takeUnretainedValue()
                    .note(rd_kafka_resp_err_t(code), String(cString: reason))
            }
        }
        nonisolated(unsafe) let handle = handle
        thread.start { rd_kafka_poll(handle, 100) }
    }

    /// Only when no message is on its way: each one keeps the producer.
    deinit {
        thread.stop()
        rd_kafka_destroy(handle)
    }

    /// Sends one record; `report` runs on the producer's thread, or inline where it cannot be sent at all, and gives
    /// topic/partition/offset.
    func send(
        _ value: [UInt8],
        to topic: String,
        key: String,
        headers: [(name: String, value: String)],
        _ report: @escaping Report
    ) {
        let list = rd_kafka_headers_new(headers.count)
        for (name, value) in headers { rd_kafka_header_add(list, name, -1, value, value.utf8.count) }
        let ticket = Unmanaged.passRetained(Ticket(self, topic, report))
        let bytes = Array(key.utf8)
        let code = ckafka_produce(handle, topic, bytes, bytes.count, value, value.count, list, ticket.toOpaque())
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        rd_kafka_headers_destroy(list)
        ticket.release()
        report(.failure(problem(code, topic)))
    }

    /// Gives back everything that waits or is on its way, as failures.
    func takeBack() { rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) }

    /// What stands in the way; asks the brokers, for three seconds at most. Brokers that make topics as they are asked for make
    /// ours now.
    func health() -> PluginProblem? {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle, 1, nil, &metadata, 1500)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
            if let problem = barrier.problem { return problem }
            let words = String(cString: rd_kafka_err2str(code))
            return PluginProblem(
                .unavailable,
                "kafka: \(settings.brokers): \(words); are the brokers up, and are \"brokers\" and the security settings right?"
            )
        }
        defer { rd_kafka_metadata_destroy(metadata) }
        var known: Set<String> = []
        for index in 0..<Int(metadata.pointee.topic_cnt) {
            let topic = metadata.pointee.topics[index]
            if topic.err == RD_KAFKA_RESP_ERR_NO_ERROR { known.insert(String(cString: topic.topic)) }
        }
        for topic in Set(settings.topics.map(\.topic)).subtracting(known).sorted() {
            let code = ask(after: topic)
            if Self.missing.contains(code) { return problem(code, topic) }
        }
        return nil
    }

    private static let missing = [
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
    ]

    private func ask(after name: String) -> rd_kafka_resp_err_t {
        guard let topic = rd_kafka_topic_new(handle, name, nil) else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        defer { rd_kafka_topic_destroy(topic) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle, 0, topic, &metadata, 300)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { return code }
        defer { rd_kafka_metadata_destroy(metadata) }
        return metadata.pointee.topic_cnt > 0 ? metadata.pointee.topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR
    }

    private func problem(_ code: rd_kafka_resp_err_t, _ topic: String) -> PluginProblem {
        if KafkaClient.isUnreachable(code), let problem = barrier.problem { return problem }
        let isForGood = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE
        return PluginProblem(
            isForGood ? .invalid : .unavailable,
            KafkaClient.problem(code, topic: topic, brokers: settings.brokers),
            isRetryable: !isForGood
        )
    }

    private static func reported(_ message: rd_kafka_message_t) {
        guard let opaque = message._private else { return }
        let ticket = Unmanaged<Ticket>.fromOpaque(opaque).takeRetainedValue()
        if message.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            ticket.producer.barrier.open()
            ticket.report(.success("\(ticket.topic)/\(message.partition)/\(message.offset)"))
        } else {
            ticket.report(.failure(ticket.producer.problem(message.err, ticket.topic)))
        }
    }
}
