import CKafka
import Glibc
import JSONKit
import PluginKit
import Synchronization

/// One member of a consumer group, on a thread of its own. Offsets are committed by hand, once the host has said what became
/// of a batch and what it wants kept aside is safe in a topic of its own.
///
/// Unchecked: the handle is used on the thread only, the rest is behind the mutex.
final class Consumer: @unchecked Sendable {
    private struct Record {
        let topic: String
        let partition: Int32
        let offset: Int64
        let key: String
        let bytes: [UInt8]
        let json: JSON
        /// How often it has come again.
        let tries: Int
    }

    private struct State {
        var item: UInt64 = 0
        var verdict: Verdict?
        var isUnderway = false
    }

    private let handle: OpaquePointer
    private let producer: Producer
    private let settings: Settings
    private let host: Host
    private let wish: Wish
    private let deliver: @Sendable (UInt64, [JSON]) -> Void
    private let thread = KafkaThread()
    private let state = Mutex(State())
    /// The batch, and those of it that the host got.
    private var underway: [Record] = []
    private var delivered: [Record] = []
    /// Partitions of the retry topic whose next record is not due, and when it is (milliseconds since 1970).
    private var held: [Int32: Int64] = [:]
    private var nextLook: UInt64 = 0

    /// What a batch may weigh, far below what the host takes from a stream at once.
    private static let heaviest = 2 << 20
    private var retryTopic: String { "\(wish.group).retry" }
    private var parkedTopic: String { "\(wish.group).parked" }

    init(
        _ producer: Producer,
        _ settings: Settings,
        _ host: Host,
        _ wish: Wish,
        deliver: @escaping @Sendable (UInt64, [JSON]) -> Void
    ) throws(PluginProblem) {
        (self.producer, self.settings, self.host, self.wish) = (producer, settings, host, wish)
        self.deliver = deliver
        handle = try KafkaClient.make(
            RD_KAFKA_CONSUMER,
            settings,
            host: host,
            [
                ("group.id", wish.group), ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "earliest"), ("queued.min.messages", "1000"),
                ("session.timeout.ms", "\(settings.sessionMilliseconds)"),
                ("heartbeat.interval.ms", "\(settings.sessionMilliseconds / 4)"),
                ("queued.max.messages.kbytes", "8192"), ("topic.metadata.refresh.interval.ms", "5000"),
            ]
        )
        rd_kafka_poll_set_consumer(handle)
        let list = rd_kafka_topic_partition_list_new(8)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        let names = wish.topics.isEmpty ? settings.topics.map(\.topic) : wish.topics.map(settings.topic(of:))
        for name in Set(names + [retryTopic]) { rd_kafka_topic_partition_list_add(list, name, -1) }
        let code = rd_kafka_subscribe(handle, list)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            rd_kafka_destroy(handle)
            throw PluginProblem(.unavailable, "kafka: \(String(cString: rd_kafka_err2str(code)))")
        }
        thread.start { [unowned self] in turn() }
    }

    /// Leaves the group, once what the host has answered is committed.
    func stop() {
        thread.stop()
        if let verdict = state.withLock({ $0.verdict }) { settle(verdict) }
        rd_kafka_consumer_close(handle)
        rd_kafka_destroy(handle)
    }

    /// The host has answered; from any thread.
    func answered(_ item: UInt64, _ verdict: Verdict) {
        state.withLock { if $0.item == item, $0.isUnderway { $0.verdict = verdict } }
    }

    // MARK: The thread

    private func turn() {
        measure()
        let (isUnderway, verdict) = state.withLock { state in
            defer { state.verdict = nil }
            return (state.isUnderway, state.verdict)
        }
        if let verdict { return settle(verdict) }
        // The partitions are paused: a poll only tells the group that this member lives.
        if isUnderway { return idle() }
        resumeHeld()
        let records = gather()
        guard !records.isEmpty else { return }
        underway = records
        // Other events share the topics: they are passed over.
        delivered = records.filter { wish.topics.isEmpty || wish.topics.contains($0.json["topic"]?.string ?? "") }
        guard !delivered.isEmpty else { return commit() }
        pause(true)
        let item = state.withLock { state in
            state.item += 1
            state.isUnderway = true
            return state.item
        }
        deliver(item, delivered.map(envelope))
    }

    /// What there is, and what comes within the time that the host wishes for.
    private func gather() -> [Record] {
        var records: [Record] = []
        var bytes = 0
        var end: UInt64?
        while records.count < wish.most, bytes < Self.heaviest {
            let left = end.map { Int64($0) - Int64(host.monotonicMicroseconds) } ?? 100_000
            guard let message = rd_kafka_consumer_poll(handle, Int32(max(5000, min(left, 100_000)) / 1000)) else {
                if left <= 5000 || end == nil { break }
                continue
            }
            defer { rd_kafka_message_destroy(message) }
            guard let record = read(message) else { continue }
            end = end ?? host.monotonicMicroseconds + UInt64(wish.milliseconds) * 1000
            bytes += record.bytes.count
            records.append(record)
        }
        return records
    }

    private func idle() {
        guard let message = rd_kafka_consumer_poll(handle, 20) else { return }
        defer { rd_kafka_message_destroy(message) }
        let given = message.pointee
        guard given.err == RD_KAFKA_RESP_ERR_NO_ERROR, let topic = given.rkt else { return }
        // Of a partition that came to this member meanwhile: it waits with the others, and gives the record again.
        pause(true)
        seek(String(cString: rd_kafka_topic_name(topic)), given.partition, given.offset)
    }

    private func pause(_ isPaused: Bool) {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(handle, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        _ = isPaused ? rd_kafka_pause_partitions(handle, list) : rd_kafka_resume_partitions(handle, list)
    }

    private func envelope(_ record: Record) -> JSON {
        var members = record.json.object ?? [:]
        members["source"] = .string("\(record.topic)/\(record.partition)/\(record.offset)")
        return .object(members)
    }

    private func read(_ handle: UnsafeMutablePointer<rd_kafka_message_t>) -> Record? {
        let message = handle.pointee
        guard message.err == RD_KAFKA_RESP_ERR_NO_ERROR, let topic = message.rkt else { return nil }
        let name = String(cString: rd_kafka_topic_name(topic))
        let bytes = [UInt8](UnsafeRawBufferPointer(start: message.payload, count: message.len))
        if name == retryTopic, let due = Int64(header("x-not-before", of: handle)), due > now() {
            hold(message, due)
            return nil
        }
        let json = bytes.withUnsafeBytes { (try? JSON(parsing: $0)) ?? .null }
        return Record(
            topic: name,
            partition: message.partition,
            offset: message.offset,
            key: String(decoding: UnsafeRawBufferPointer(start: message.key, count: message.key_len), as: UTF8.self),
            bytes: bytes,
            // A record of somebody else's is shown as it is, so that it can be parked.
            json: json.object == nil ? ["error": "not a JSON object"] : json,
            tries: Int(header("x-retry-count", of: handle)) ?? 0
        )
    }

    /// The pointer must be librdkafka's own: the headers lie behind the message.
    private func header(_ name: String, of message: UnsafeMutablePointer<rd_kafka_message_t>) -> String {
        var (headers, value, size) = (OpaquePointer(bitPattern: 0), UnsafeRawPointer(bitPattern: 0), 0)
        guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR,
            rd_kafka_header_get_last(headers, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: value, count: size), as: UTF8.self)
    }

    private func now() -> Int64 { Int64(host.unixMicroseconds / 1000) }

    // MARK: Answers

    private func settle(_ verdict: Verdict) {
        let aside =
            verdict.park.map { ($0.index, $0.error, parkedTopic) }
            + verdict.retry.map { ($0.index, $0.error, retryTopic) }
        let mine = aside.filter { delivered.indices.contains($0.0) }
        let outcome = Batch(keys: mine.map { "\($0.0)" }) { _ in }
        for (place, (index, error, topic)) in mine.enumerated() {
            keep(delivered[index], error, in: topic) { outcome.report(place, $0) }
        }
        let deadline = host.monotonicMicroseconds + UInt64(settings.deliveryMilliseconds) * 1000
        while !outcome.isComplete, host.monotonicMicroseconds < deadline { usleep(2000) }
        // Where it is not safe aside the whole batch comes again.
        if outcome.isComplete, !outcome.hasFailed { commit() } else { rewind() }
        state.withLock { $0.isUnderway = false }
        pause(false)
    }

    private func keep(_ record: Record, _ error: String, in topic: String, _ report: @escaping Producer.Report) {
        let headers = [
            ("x-retry-count", "\(record.tries + 1)"), ("x-not-before", "\(now() + Int64(settings.retryMilliseconds))"),
            ("x-original", "\(record.topic)/\(record.partition)/\(record.offset)"), ("x-error", error),
        ]
        producer.send(record.bytes, to: topic, key: record.key, headers: headers, report)
    }

    /// The next record of each partition, for the group to begin with.
    private func commit() {
        var next: [String: (topic: String, partition: Int32, offset: Int64)] = [:]
        for record in underway {
            next["\(record.topic)/\(record.partition)"] = (record.topic, record.partition, record.offset + 1)
        }
        let list = rd_kafka_topic_partition_list_new(Int32(next.count))
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (topic, partition, offset) in next.values {
            rd_kafka_topic_partition_list_add(list, topic, partition)?.pointee.offset = offset
        }
        let code = rd_kafka_commit(handle, list, 0)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            // They come again, and whoever loads them knows them by their ids.
            host.log(.warning, "kafka: a commit failed: \(String(cString: rd_kafka_err2str(code)))")
        }
        (underway, delivered) = ([], [])
    }

    /// Goes back to the beginning of the batch.
    private func rewind() {
        var first: [String: Record] = [:]
        for record in underway where first["\(record.topic)/\(record.partition)"] == nil {
            first["\(record.topic)/\(record.partition)"] = record
        }
        for record in first.values { seek(record.topic, record.partition, record.offset) }
        (underway, delivered) = ([], [])
    }

    private func seek(_ topic: String, _ partition: Int32, _ offset: Int64) {
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic, partition)?.pointee.offset = offset
        if let error = rd_kafka_seek_partitions(handle, list, 2000) { rd_kafka_error_destroy(error) }
    }

    // MARK: Records that come again

    /// The partition waits until its next record is due.
    private func hold(_ message: rd_kafka_message_t, _ due: Int64) {
        held[message.partition] = due
        only(retryTopic, message.partition) { rd_kafka_pause_partitions(handle, $0) }
        seek(retryTopic, message.partition, message.offset)
    }

    private func resumeHeld() {
        let time = now()
        for (partition, due) in held where due <= time {
            held[partition] = nil
            only(retryTopic, partition) { rd_kafka_resume_partitions(handle, $0) }
        }
        // What `pause(false)` has let go of is held on.
        for partition in held.keys { only(retryTopic, partition) { rd_kafka_pause_partitions(handle, $0) } }
    }

    private func only(
        _ topic: String,
        _ partition: Int32,
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> rd_kafka_resp_err_t
    ) {
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic, partition)
        _ = body(list)
    }

    // MARK: Lag

    /// Every two seconds: of how many partitions this member takes records, and how many wait in them.
    private func measure() {
        let now = host.monotonicMicroseconds
        guard now >= nextLook else { return }
        nextLook = now + 2_000_000
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(handle, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        host.gauge("consumer_partitions", Double(list.pointee.cnt))
        guard rd_kafka_committed(handle, list, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        var lag: Int64 = 0
        for index in 0..<Int(list.pointee.cnt) {
            let one = list.pointee.elems[index]
            var (low, high): (Int64, Int64) = (0, 0)
            guard
                rd_kafka_query_watermark_offsets(handle, one.topic, one.partition, &low, &high, 1000)
                    == RD_KAFKA_RESP_ERR_NO_ERROR
            else { return }
            lag += max(0, high - max(one.offset, low))
        }
        host.gauge("consumer_lag", Double(lag))
    }
}
