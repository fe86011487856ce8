import Core
import JSONKit
import Services
import Synchronization
import Testing

@testable import Store

@Suite struct CourierTests {
    @Test(arguments: TestEngine.allCases) func `events are delivered in order, and a restart goes on where it stopped`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let seen = Mutex<[Int64]>([])
        for _ in 0..<5 { try await #require(temporary.store).log.append(Event(.callEnded, key: "c")) }
        var courier = Courier("crm", topics: [.callEnded], store: try #require(temporary.store)) { batch in
            seen.withLock { $0 += batch.map(\.position) }
            return batch.map { _ in nil }
        }
        try await courier.drain()
        try temporary.reopen()
        try await #require(temporary.store).log.append(Event(.callEnded, key: "c"))
        courier = Courier("crm", topics: [.callEnded], store: try #require(temporary.store)) { batch in
            seen.withLock { $0 += batch.map(\.position) }
            return batch.map { _ in nil }
        }
        try await courier.drain()
        #expect(seen.withLock { $0 } == [1, 2, 3, 4, 5, 6])
    }

    @Test(arguments: TestEngine.allCases) func `what cannot succeed is parked with its reason, and retried by hand`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let isBroken = Mutex(true)
        try await store.log.append(Event(.callEnded, key: "c"))
        let courier = Courier("crm", topics: [.callEnded], store: store) { _ throws(DeliveryFailure) in
            if isBroken.withLock({ $0 }) { throw DeliveryFailure("401: wrong key", isRetryable: false) }
            return [nil]
        }
        try await courier.drain()
        let parked = try await store.deliveries.list(consumer: "crm", state: .parked)
        #expect(parked.map(\.error) == ["401: wrong key"])
        isBroken.withLock { $0 = false }
        #expect(try await store.deliveries.retry("crm") == 1)
        try await courier.drain()
        #expect(try await store.deliveries.list().isEmpty)
    }

    @Test(arguments: TestEngine.allCases) func `what may succeed later waits, at least as long as the far side asks`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        try await store.log.append(Event(.callEnded, key: "c"))
        let courier = Courier("crm", topics: [.callEnded], store: store) { _ throws(DeliveryFailure) in
            throw DeliveryFailure("429", isRetryable: true, retryAfter: .seconds(60))
        }
        try await courier.drain()
        let waiting = try #require(try await store.deliveries.list(consumer: "crm", state: .waiting).first)
        #expect(waiting.nextAt.unixMilliseconds - Timestamp.now().unixMilliseconds > 55_000)
    }

    @Test(arguments: TestEngine.allCases)
    func `in order means that everything waits behind an event that may pass later, and nothing is given up`(
        engine: TestEngine
    )
        async throws
    {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        for number in 0..<6 { try await store.log.append(Event(.callEnded, key: "c\(number)")) }
        let taken = Mutex<[Int64]>([])
        let isDown = Mutex(true)
        var manner = CourierManner(.inOrder, batch: 4)
        (manner.first, manner.longest) = (.milliseconds(1), .milliseconds(2))
        let courier = Courier("events", store: store, manner: manner) { batch in
            batch.map { recorded in
                if recorded.position >= 3, isDown.withLock({ $0 }) { return DeliveryFailure("down", isRetryable: true) }
                taken.withLock { $0.append(recorded.position) }
                return nil
            }
        }
        for _ in 0..<20 {
            try await courier.drain()
            try await Task.sleep(for: .milliseconds(3))
        }
        let waiting = try #require(try await store.deliveries.list(consumer: "events").first)
        #expect(waiting.position == 3 && waiting.state == .waiting && waiting.tries > 5 && waiting.error == "down")
        isDown.withLock { $0 = false }
        try await Task.sleep(for: .milliseconds(3))
        try await courier.drain()
        #expect(taken.withLock { $0 } == [1, 2, 3, 4, 5, 6])
        #expect(try await store.deliveries.list(consumer: "events").isEmpty)
    }

    @Test(arguments: TestEngine.allCases) func `what cannot succeed is parked alone, and those around it arrive`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        for _ in 0..<5 { try await store.log.append(Event(.callEnded, key: "c")) }
        let courier = Courier("warehouse", store: store, manner: .inOrder) { batch in
            batch.map { $0.position == 3 ? DeliveryFailure("a wrong row", isRetryable: false) : nil }
        }
        try await courier.drain()
        let rests = try await store.deliveries.list(consumer: "warehouse")
        #expect(rests.map(\.position) == [3] && rests.first?.state == .parked)
        #expect(try await store.deliveries.cursor("warehouse") == 5)
    }

    @Test(arguments: TestEngine.allCases)
    func `nothing is delivered while nobody is there to take it, and all of it afterwards`(engine: TestEngine)
        async throws
    {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        try await store.log.append(Event(.callEnded, key: "c"))
        let isThere = Mutex(false)
        let count = Mutex(0)
        let courier = Courier("events", store: store, while: { isThere.withLock { $0 } }) { batch in
            count.withLock { $0 += batch.count }
            return batch.map { _ in nil }
        }
        try await courier.drain()
        #expect(count.withLock { $0 } == 0)
        isThere.withLock { $0 = true }
        try await courier.drain()
        #expect(count.withLock { $0 } == 1)
    }

    @Test(arguments: TestEngine.allCases) func `what is to happen a time after the fact waits until then`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let now = Timestamp.now().unixMilliseconds
        for (key, age) in [("old", 31), ("older", 40), ("young", 29), ("late", 50)] {
            let at = Timestamp(unixMilliseconds: now - Int64(age) * 86_400_000)
            try await store.log.append(Event(.recordingFinished, key: key, at: at))
        }
        let seen = Mutex<[String]>([])
        var manner = CourierManner.eachAlone
        manner.age = .seconds(30 * 86_400)
        for _ in 0..<2 {
            let courier = Courier("retention", topics: [.recordingFinished], store: store, manner: manner) { batch in
                seen.withLock { $0 += batch.map(\.event.key) }
                return batch.map { _ in nil }
            }
            try await courier.drain()
        }
        // In the log's order: what stands behind one that is not due waits with it.
        #expect(seen.withLock { $0 } == ["old", "older"])
        let all = Courier("retention", topics: [.recordingFinished], store: store) { batch in
            seen.withLock { $0 += batch.map(\.event.key) }
            return batch.map { _ in nil }
        }
        try await all.drain()
        #expect(seen.withLock { $0 } == ["old", "older", "young", "late"])
    }

    /// A figure of a consumer that no other test uses.
    private func figure(_ name: String, _ consumer: String) -> Double? {
        let line = "patchbay_outbox_\(name){consumer=\"\(consumer)\"} "
        return Metrics.shared.render().split(separator: "\n").first { $0.hasPrefix(line) }
            .flatMap { Double($0.dropFirst(line.count)) }
    }

    @Test(arguments: TestEngine.allCases)
    func `the age of the oldest undelivered event grows while a delivery hangs, and is nothing afterwards`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let past = Timestamp(unixMilliseconds: Timestamp.now().unixMilliseconds - 90_000)
        for _ in 0..<3 { try await store.log.append(Event(.callEnded, key: "c", at: past)) }
        let consumer = "hanging-\(engine)"
        let (hang, end) = AsyncStream.makeStream(of: Void.self)
        let courier = Courier(consumer, topics: [.callEnded], store: store) { batch in
            for await _ in hang {}
            return batch.map { _ in nil }
        }
        courier.start()
        try await Patience.wait(for: "the figures") { figure("oldest_age_seconds", consumer) ?? 0 > 0 }
        let first = figure("oldest_age_seconds", consumer) ?? 0
        #expect(first >= 90 && figure("depth", consumer) == 3)
        try await Patience.wait(for: "its growing") { figure("oldest_age_seconds", consumer) ?? 0 > first }
        end.finish()
        try await Patience.wait(for: "the end") { figure("oldest_age_seconds", consumer) == 0 }
        // What the consumer does not want to hear of is no backlog.
        try await store.log.append(Event(.hostStarted, key: "host", at: past))
        await courier.measure()
        #expect(figure("depth", consumer) == 0)
        await courier.stop()
    }

    @Test func `what another host keeps for itself is no backlog of this one`() async throws {
        let temporary = try TemporaryStore(.postgres)
        let store = try #require(temporary.store)
        let other = try Store(
            StateFolder("\(temporary.path)/other"),
            engine: .postgres(url: temporary.url, password: { nil }),
            host: "b"
        )
        defer { other.close() }
        try await other.log.append(Event(.recordingFinished, key: "c", at: Timestamp(unixMilliseconds: 1)))
        var manner = CourierManner.eachAlone
        manner.isOwn = true
        let courier = Courier("recordings@a", topics: [.recordingFinished], store: store, manner: manner) { batch in
            batch.map { _ in nil }
        }
        await courier.measure()
        #expect(figure("oldest_age_seconds", "recordings@a") == 0)
    }
}
