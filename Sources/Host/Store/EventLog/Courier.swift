public import Core
import JSONKit
import Synchronization

/// Brings the events of some topics to one consumer, each until it is taken or parked.
///
/// The cursor moves past an event only once its fate is durable, so a kill repeats at most the batch under way, and the
/// consumer recognises the repeat by the events' ids. What fails is tried again after growing waits with jitter, at least as
/// long as the far side asks; what cannot succeed is parked.
public final class Courier: Sendable {
    /// Takes a batch, oldest first. Gives for each event nil, or why it was not taken; throws where none was.
    public typealias Deliver = @Sendable ([Recorded]) async throws(DeliveryFailure) -> [DeliveryFailure?]

    /// How the consumer stands when it cannot go on.
    private struct Obstacle {
        var tries = 0
        var until = Moment.now()
    }

    public let consumer: String
    private let topics: [Topic]
    private let log: EventLog
    private let deliveries: Deliveries
    private let manner: CourierManner
    private let isWanted: @Sendable () -> Bool
    private let deliver: Deliver
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let obstacle = Mutex<Obstacle?>(nil)
    private let figures: CourierFigures
    /// When what has waited longest happened.
    private let oldest = Mutex<Timestamp?>(nil)

    /// `topics` says which events; empty: all of them. `isWanted` says whether there is somebody to deliver to, and is asked
    /// before each round: until there is, everything stays.
    public init(
        _ consumer: String,
        topics: [Topic] = [],
        store: Store,
        manner: CourierManner = .eachAlone,
        while isWanted: @escaping @Sendable () -> Bool = { true },
        deliver: @escaping Deliver
    ) {
        (self.consumer, self.topics, self.manner, self.deliver) = (consumer, topics, manner, deliver)
        self.isWanted = isWanted
        (log, deliveries, figures) = (store.log, store.deliveries, CourierFigures(consumer))
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
        // Beside the deliveries: one that hangs is what the figures are for.
        let figures = Task { await watch() }
        defer { figures.cancel() }
        var iterator = wakes.makeAsyncIterator()
        while !Task.isCancelled {
            do throws(StoreError) { try await drain() } catch {
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
        guard isWanted(), try await deliveries.claim(consumer) else { return }
        try await retry()
        var position = try await deliveries.cursor(consumer)
        while !Task.isCancelled, obstacle.withLock({ $0 == nil || ($0?.until ?? .now()) <= .now() }) {
            let ripe = Timestamp.now().unixMilliseconds - manner.age.wholeMilliseconds
            let batch = try await log.read(after: position, topics: topics, isOwn: manner.isOwn, limit: manner.batch)
                .prefix { manner.age == .zero || $0.event.at.unixMilliseconds <= ripe }
            guard let last = batch.last else { return }
            guard try await attempt(Array(batch), moving: true) else { return }
            position = last.position
        }
    }

    /// What waits on its own and is due. Behind the cursor only: before it, everything comes with its batch.
    private func retry() async throws(StoreError) {
        let cursor = try await deliveries.cursor(consumer)
        let due = try await deliveries.list(consumer: consumer, state: .waiting).filter {
            $0.nextAt <= .now() && $0.position <= cursor
        }
        var tries: [Int64: Int] = [:]
        for delivery in due { tries[delivery.position] = delivery.tries }
        for start in stride(from: 0, to: due.count, by: manner.batch) {
            guard !Task.isCancelled else { return }
            var batch: [Recorded] = []
            for delivery in due[start..<min(start + manner.batch, due.count)] {
                guard let recorded = try await log.read(at: delivery.position) else {
                    // Erased, or older than the log keeps: there is nothing left to deliver.
                    try await deliveries.settle(consumer, cursor: nil, [(delivery.position, nil)])
                    continue
                }
                batch.append(recorded)
            }
            if !batch.isEmpty { _ = try await attempt(batch, tries: tries, moving: false) }
        }
    }

    /// Delivers a batch and notes what became of it. False where the consumer cannot go on now.
    private func attempt(
        _ batch: [Recorded],
        tries: [Int64: Int] = [:],
        moving: Bool
    ) async throws(StoreError) -> Bool {
        var outcomes: [DeliveryFailure?]
        do throws(DeliveryFailure) {
            outcomes = try await deliver(batch)
            if outcomes.count != batch.count {
                outcomes = batch.map { _ in DeliveryFailure("the consumer's answer is incomplete", isRetryable: true) }
            }
        } catch { outcomes = batch.map { _ in error } }
        var fates: [(position: Int64, rest: Delivery?)] = []
        var cursor: Int64?
        for (recorded, failure) in zip(batch, outcomes) {
            if let failure, failure.isRetryable, moving, manner.order == .inOrder {
                fates.append((recorded.position, block(recorded.position, failure)))
                try await deliveries.settle(consumer, cursor: cursor, fates)
                return false
            }
            fates.append((recorded.position, failure.map { rest(after: $0, recorded, tries: tries) }))
            if moving { cursor = recorded.position }
            if failure == nil { figures.delivered.add() }
        }
        obstacle.withLock { if moving { $0 = nil } }
        try await deliveries.settle(consumer, cursor: cursor, fates)
        return true
    }

    /// The consumer waits at this event.
    private func block(_ position: Int64, _ failure: DeliveryFailure) -> Delivery {
        figures.failures.add()
        let (wait, tries) = obstacle.withLock { obstacle in
            let tries = (obstacle?.tries ?? 0) + 1
            let wait = manner.wait(afterTries: tries, failure)
            obstacle = Obstacle(tries: tries, until: .now() + wait)
            return (wait, tries)
        }
        if tries == 1 { complain("waits", failure) }
        return delivery(position, .waiting, tries, wait, failure)
    }

    private func rest(after failure: DeliveryFailure, _ recorded: Recorded, tries: [Int64: Int]) -> Delivery {
        figures.failures.add()
        let tries = (tries[recorded.position] ?? 0) + 1
        let isOver = !failure.isRetryable || (manner.order == .eachAlone && tries >= manner.tries)
        if isOver {
            figures.parked.add()
            complain("parked an event", failure)
        } else if tries == 1 {
            complain("waits", failure)
        }
        let wait = manner.wait(afterTries: tries, failure)
        return delivery(recorded.position, isOver ? .parked : .waiting, tries, wait, failure)
    }

    private func delivery(
        _ position: Int64,
        _ state: Delivery.State,
        _ tries: Int,
        _ wait: Duration,
        _ failure: DeliveryFailure
    ) -> Delivery {
        Delivery(
            consumer: consumer,
            position: position,
            state: state,
            tries: tries,
            nextAt: Timestamp(unixMilliseconds: Timestamp.now().unixMilliseconds + wait.wholeMilliseconds),
            error: failure.message
        )
    }

    private func complain(_ what: String, _ failure: DeliveryFailure) {
        Log("courier").warning(
            what,
            ["consumer": .string(consumer), "reason": .string(failure.message)]
        )
    }

    private func watch() async {
        while !Task.isCancelled {
            if isWanted() { await measure() }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    func measure() async {
        do throws(StoreError) {
            let standing = try await deliveries.standing(consumer)
            figures.parkedNow.set(Double(standing.parked))
            figures.waiting.set(Double(standing.waiting))
            // What is not due yet is no backlog.
            guard manner.age == .zero else { return }
            let next = try await log.read(after: standing.cursor, topics: topics, isOwn: manner.isOwn, limit: 1).first
            figures.depth.set(next.map { Double(max(1, log.lastPosition - $0.position + 1)) } ?? 0)
            oldest.withLock { $0 = [standing.oldest, next?.event.at].compactMap { $0 }.min() }
        } catch {
            // The store is away as well: what waited waits on.
        }
        let age = oldest.withLock { $0 }.map { Timestamp.now().unixMilliseconds - $0.unixMilliseconds } ?? 0
        figures.age.set(Double(max(0, age)) / 1000)
    }
}
