public import Core
import JSONKit
import Synchronization

/// Brings the events of some topics to one consumer, each until it is taken or parked.
///
/// The cursor moves past an event only once its fate is durable, so a kill repeats at most the event under way, and the
/// consumer recognises the repeat by the event's id. What fails is tried again after growing waits with jitter, at least as
/// long as the far side asks; what cannot succeed, and what has failed too often, is parked.
public final class Courier: Sendable {
    public typealias Deliver = @Sendable (Recorded) async throws(DeliveryFailure) -> Void

    /// When a failed event is tried again.
    public struct Patience: Sendable {
        public var first: Duration = .seconds(1)
        public var longest: Duration = .seconds(300)
        public var tries = 12

        public init() {}
    }

    private let consumer: String
    private let topics: [Topic]
    private let log: EventLog
    private let deliveries: Deliveries
    private let patience: Patience
    private let deliver: Deliver
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let delivered: Counter
    private let parked: Counter

    public init(
        _ consumer: String,
        topics: [Topic],
        store: Store,
        patience: Patience = Patience(),
        deliver: @escaping Deliver
    ) {
        (self.consumer, self.topics, self.patience, self.deliver) = (consumer, topics, patience, deliver)
        (log, deliveries) = (store.log, store.deliveries)
        let labels = [(name: "consumer", value: consumer)]
        delivered = Metrics.shared.counter(
            "patchbay_deliveries_total",
            help: "Events taken by a consumer.",
            labels: labels
        )
        parked = Metrics.shared.counter("patchbay_deliveries_parked_total", help: "Events given up.", labels: labels)
    }

    public func start() {
        task.withLock { $0 = $0 ?? Task { await self.run() } }
    }

    /// Ends after the delivery under way; returns when it has.
    public func stop() async {
        let running = task.withLock { task in
            defer { task = nil }
            return task
        }
        running?.cancel()
        await running?.value
    }

    private func run() async {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let follower = log.follow(after: log.lastPosition, topics: topics) { _ in
            wake.yield()
            return true
        }
        defer { follower.cancel() }
        var iterator = wakes.makeAsyncIterator()
        while !Task.isCancelled {
            do throws(StoreError) {
                try await drain()
            } catch {
                Log("courier").error(
                    "the store refuses",
                    ["consumer": .string(consumer), "reason": .string("\(error)")]
                )
            }
            // Between events there is nothing to do but wait for one, or for the time of the next try.
            let clock = Task {
                // Only time that has passed wakes: a cancelled sleep would make the next round come at once, for ever.
                if (try? await Task.sleep(for: .seconds(1))) != nil { wake.yield() }
            }
            await iterator.next()
            clock.cancel()
        }
    }

    /// Everything that is due now.
    public func drain() async throws(StoreError) {
        for delivery in try await deliveries.list(consumer: consumer, state: .waiting) where delivery.nextAt <= .now() {
            guard !Task.isCancelled else { return }
            let found = try await log.read(after: delivery.position - 1, limit: 1)
            guard let recorded = found.first else { continue }
            try await attempt(recorded, tries: delivery.tries, cursor: nil)
        }
        var position = try await deliveries.cursor(consumer)
        while !Task.isCancelled {
            let batch = try await log.read(after: position, topics: topics, limit: 100)
            guard !batch.isEmpty else { return }
            for recorded in batch {
                guard !Task.isCancelled else { return }
                try await attempt(recorded, tries: 0, cursor: recorded.position)
                position = recorded.position
            }
        }
    }

    private func attempt(_ recorded: Recorded, tries: Int, cursor: Int64?) async throws(StoreError) {
        do throws(DeliveryFailure) {
            try await deliver(recorded)
            delivered.add()
            try? await deliveries.settle(consumer, cursor: cursor, position: recorded.position, nil)
        } catch {
            let rest = next(after: error, recorded.position, tries: tries + 1)
            try await deliveries.settle(consumer, cursor: cursor, position: recorded.position, rest)
        }
    }

    private func next(after failure: DeliveryFailure, _ position: Int64, tries: Int) -> Delivery {
        let isOver = !failure.isRetryable || tries >= patience.tries
        if isOver { parked.add() }
        let grown = patience.first.wholeMilliseconds << Int64(min(tries - 1, 20))
        let wait = min(grown, patience.longest.wholeMilliseconds)
        let jittered = max(Int64.random(in: wait / 2...wait), failure.retryAfter?.wholeMilliseconds ?? 0)
        return Delivery(
            consumer: consumer,
            position: position,
            state: isOver ? .parked : .waiting,
            tries: tries,
            nextAt: Timestamp(unixMilliseconds: Timestamp.now().unixMilliseconds + jittered),
            error: failure.message
        )
    }
}
