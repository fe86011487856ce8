import CKafka
import Glibc
public import JSONKit

/// Reads a topic from its beginning to its end, as a stranger does.
public struct BrokerReader {
    private let brokers: String
    private let topic: String
    private let partitions: Int32

    public init(brokers: String, topic: String, partitions: Int32) {
        (self.brokers, self.topic, self.partitions) = (brokers, topic, partitions)
    }

    /// The identifiers of all events.
    public func ids(seconds: Double) throws -> Set<String> {
        var ids: Set<String> = []
        try read(seconds: seconds) { ids.insert($0["id"]?.string ?? "") }
        return ids
    }

    /// Calls `body` with each record.
    /// - Throws: after `seconds`, or what `body` throws.
    public func read(seconds: Double, _ body: (JSON) throws -> Void) throws {
        var words = [CChar](repeating: 0, count: 512)
        let configuration = rd_kafka_conf_new()
        for (name, value) in [
            ("bootstrap.servers", brokers), ("group.id", "auditor"), ("enable.auto.commit", "false"),
            ("enable.partition.eof", "true"), ("log_level", "0"),
        ] {
            rd_kafka_conf_set(configuration, name, value, &words, words.count)
        }
        guard let handle = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, &words, words.count) else {
            throw BenchFailure("no consumer for \(brokers)")
        }
        defer { rd_kafka_destroy(handle) }
        let list = rd_kafka_topic_partition_list_new(partitions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for partition in 0..<partitions {
            rd_kafka_topic_partition_list_add(list, topic, partition)?.pointee.offset = Int64(RD_KAFKA_OFFSET_BEGINNING)
        }
        rd_kafka_assign(handle, list)
        var open = Int(partitions)
        let deadline = Terminal.now + seconds
        while open > 0 {
            guard Terminal.now < deadline else { throw BenchFailure("the broker's topic has no end") }
            guard let message = rd_kafka_consumer_poll(handle, 200) else { continue }
            defer { rd_kafka_message_destroy(message) }
            if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                open -= 1
            } else if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                let bytes = UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len)
                try body(JSON(parsing: bytes))
            }
        }
    }
}
