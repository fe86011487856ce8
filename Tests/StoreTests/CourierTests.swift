import Core
import JSONKit
import Synchronization
import Testing

@testable import Store

@Suite struct CourierTests {
    @Test func `events are delivered in order, and a restart goes on where it stopped`() async throws {
        let temporary = try TemporaryStore()
        let seen = Mutex<[Int64]>([])
        for _ in 0..<5 { try await #require(temporary.store).log.append(Event(.callEnded, key: "c")) }
        var courier = Courier("crm", topics: [.callEnded], store: try #require(temporary.store)) { recorded in
            seen.withLock { $0.append(recorded.position) }
        }
        try await courier.drain()
        try temporary.reopen()
        try await #require(temporary.store).log.append(Event(.callEnded, key: "c"))
        courier = Courier("crm", topics: [.callEnded], store: try #require(temporary.store)) { recorded in
            seen.withLock { $0.append(recorded.position) }
        }
        try await courier.drain()
        #expect(seen.withLock { $0 } == [1, 2, 3, 4, 5, 6])
    }

    @Test func `what cannot succeed is parked with its reason, and retried by hand`() async throws {
        let temporary = try TemporaryStore()
        let store = try #require(temporary.store)
        let isBroken = Mutex(true)
        try await store.log.append(Event(.callEnded, key: "c"))
        let courier = Courier("crm", topics: [.callEnded], store: store) { _ throws(DeliveryFailure) in
            if isBroken.withLock({ $0 }) { throw DeliveryFailure("401: wrong key", isRetryable: false) }
        }
        try await courier.drain()
        let parked = try await store.deliveries.list(consumer: "crm", state: .parked)
        #expect(parked.map(\.error) == ["401: wrong key"])
        isBroken.withLock { $0 = false }
        #expect(try await store.deliveries.retry("crm") == 1)
        try await courier.drain()
        #expect(try await store.deliveries.list().isEmpty)
    }

    @Test func `what may succeed later waits, at least as long as the far side asks`() async throws {
        let temporary = try TemporaryStore()
        let store = try #require(temporary.store)
        try await store.log.append(Event(.callEnded, key: "c"))
        let courier = Courier("crm", topics: [.callEnded], store: store) { _ throws(DeliveryFailure) in
            throw DeliveryFailure("429", isRetryable: true, retryAfter: .seconds(60))
        }
        try await courier.drain()
        let waiting = try #require(try await store.deliveries.list(consumer: "crm", state: .waiting).first)
        #expect(waiting.nextAt.unixMilliseconds - Timestamp.now().unixMilliseconds > 55_000)
    }
}
