public import Core
import JSONKit
import Synchronization

/// Every fact, once, in order, durable.
///
/// One thread writes: what is offered while it commits is the next group. An acknowledgement means that the event is on
/// disk. From any thread. At the bound, or when the disk refuses, an event is not taken and its completion says so;
/// `patchbay_log_append_failures_total` counts them, and calls go on.
public final class EventLog: Sendable {
    public typealias Completion = @Sendable (Result<Int64, StoreError>) -> Void

    private struct State {
        var waiting: [(event: Event, completion: Completion?)] = []
        var isScheduled = false
        var last: Int64
        var followers: [Follower] = []
        var isHealthy = true
    }

    private let thread: StoreThread
    private let state: Mutex<State>
    private let failures: Counter
    private let appended: Counter
    private let commits: Histogram
    /// Events that may wait for the disk: minutes of a busy host.
    private static let bound = 65_536
    private static let group = 4096

    init(thread: StoreThread, path: String) throws(StoreError) {
        self.thread = thread
        let database = try Database(path: path)
        let last = try Statement(database, "SELECT coalesce(max(position), 0) FROM events").int() ?? 0
        state = Mutex(State(last: last))
        let metrics = Metrics.shared
        failures = metrics.counter("patchbay_log_append_failures_total", help: "Events that could not be made durable.")
        appended = metrics.counter("patchbay_log_events_total", help: "Events made durable.")
        commits = metrics.histogram(
            "patchbay_log_commit_seconds",
            help: "A group's commit.",
            bounds: Histogram.stageBounds
        )
    }

    /// The position of the last durable event.
    public var lastPosition: Int64 { state.withLock { $0.last } }

    /// Whether the last group could be written.
    public var isHealthy: Bool { state.withLock { $0.isHealthy } }

    /// Offers an event. Returns at once; `completion` runs on the store's thread when it is durable, or will not be.
    public func append(_ event: Event, completion: Completion? = nil) {
        let outcome = state.withLock { state -> (isTaken: Bool, mustSchedule: Bool) in
            guard state.waiting.count < Self.bound else { return (false, false) }
            state.waiting.append((event, completion))
            defer { state.isScheduled = true }
            return (true, !state.isScheduled)
        }
        if outcome.mustSchedule, !thread.perform({ self.commit($0) }) { fail(take(), .closed) }
        if !outcome.isTaken {
            failures.add()
            completion?(.failure(.overloaded(waiting: Self.bound)))
        }
    }

    /// Offers an event and waits until it is durable.
    @discardableResult
    public func append(_ event: Event) async throws(StoreError) -> Int64 {
        let result = await withCheckedContinuation { continuation in
            append(event) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    // MARK: Writing

    private func take() -> [(event: Event, completion: Completion?)] {
        state.withLock { state in
            let count = min(state.waiting.count, Self.group)
            defer {
                state.waiting.removeFirst(count)
                if state.waiting.isEmpty { state.isScheduled = false }
            }
            return Array(state.waiting.prefix(count))
        }
    }

    /// Writes one group; what came meanwhile is the next one, behind whatever else the thread was asked for.
    private func commit(_ database: borrowing Database) {
        let group = take()
        guard !group.isEmpty else { return }
        let start = Moment.now()
        let first = state.withLock { $0.last } + 1
        do throws(StoreError) {
            try Self.write(group.map(\.event), from: first, to: database)
            commits.observe((Moment.now() - start).fractionalSeconds)
            appended.add(UInt64(group.count))
            let followers = state.withLock { state in
                state.last = first + Int64(group.count) - 1
                state.isHealthy = true
                return state.followers
            }
            for (offset, entry) in group.enumerated() { entry.completion?(.success(first + Int64(offset))) }
            for follower in followers { follower.advance() }
        } catch {
            fail(group, error)
        }
        if state.withLock({ $0.isScheduled }) { thread.perform { self.commit($0) } }
    }

    private func fail(_ group: [(event: Event, completion: Completion?)], _ error: StoreError) {
        failures.add(UInt64(group.count))
        state.withLock { $0.isHealthy = false }
        Log("events").error(
            "events could not be written",
            ["count": .int(Int64(group.count)), "reason": .string("\(error)")]
        )
        for entry in group { entry.completion?(.failure(error)) }
    }

    private static func write(_ events: [Event], from first: Int64, to database: borrowing Database) throws(StoreError)
    {
        try database.execute("BEGIN IMMEDIATE")
        do throws(StoreError) {
            let insert = try Statement(
                database,
                "INSERT INTO events (position, id, topic, key, at, data) VALUES (?, ?, ?, ?, ?, ?)"
            )
            for (offset, event) in events.enumerated() {
                insert.bind(1, first + Int64(offset))
                insert.bind(2, event.id.rawValue)
                insert.bind(3, event.topic.rawValue)
                insert.bind(4, event.key)
                insert.bind(5, event.at.unixMilliseconds)
                insert.bind(6, event.data.description)
                try insert.run()
            }
            try database.execute("COMMIT")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    // MARK: Reading

    /// Events after a position, oldest first. `limit` is at most 10,000.
    public func read(
        after position: Int64,
        topics: [Topic] = [],
        key: String? = nil,
        limit: Int
    ) async throws(StoreError) -> [Recorded] {
        try await thread.ask { database throws(StoreError) in
            try Self.read(database, after: position, topics: topics, key: key, limit: limit)
        }
    }

    static func read(
        _ database: borrowing Database,
        after position: Int64,
        topics: [Topic],
        key: String?,
        limit: Int
    ) throws(StoreError) -> [Recorded] {
        var sql = "SELECT position, id, topic, key, at, data FROM events WHERE position > ?"
        if !topics.isEmpty { sql += " AND topic IN (\(topics.map { "'\($0.rawValue)'" }.joined(separator: ",")))" }
        if key != nil { sql += " AND key = ?" }
        sql += " ORDER BY position LIMIT \(min(max(limit, 1), 10_000))"
        let select = try Statement(database, sql)
        select.bind(1, position)
        if let key { select.bind(2, key) }
        var found: [Recorded] = []
        while try select.step() {
            // Topics of a newer host are passed over.
            guard let topic = Topic(rawValue: select.text(2)) else { continue }
            let event = Event(
                topic,
                key: select.text(3),
                data: (try? JSON(parsing: select.text(5))) ?? .null,
                id: EventID(select.text(1)),
                at: Timestamp(unixMilliseconds: select.int(4))
            )
            found.append(Recorded(position: select.int(0), event: event))
        }
        return found
    }

    /// The event at a position; nil where there is none any more.
    func read(at position: Int64) async throws(StoreError) -> Recorded? {
        try await read(after: position - 1, limit: 1).first { $0.position == position }
    }

    /// The calls that were started and neither ended nor marked as interrupted, oldest first.
    public func openCalls() async throws(StoreError) -> [Recorded] {
        try await thread.ask { database throws(StoreError) in
            let select = try Statement(
                database,
                """
                SELECT position, key FROM events WHERE topic = 'call.started' AND key NOT IN
                (SELECT key FROM events WHERE topic IN ('call.ended', 'call.interrupted')) ORDER BY position
                """
            )
            var found: [Recorded] = []
            while try select.step() {
                let (position, key) = (select.int(0), select.text(1))
                found += try Self.read(database, after: position - 1, topics: [.callStarted], key: key, limit: 1)
            }
            return found
        }
    }

    // MARK: Following

    /// Delivers what comes after a position, in batches, in order, once: first from disk, then live. `deliver` runs on the
    /// store's thread and must be quick; a follower that wants to wait answers false and calls `resume` later.
    public func follow(
        after position: Int64,
        topics: [Topic] = [],
        deliver: @escaping @Sendable ([Recorded]) -> Bool
    ) -> Follower {
        let follower = Follower(after: position, topics: topics, log: self, deliver: deliver)
        state.withLock { $0.followers.append(follower) }
        follower.advance()
        return follower
    }

    func remove(_ follower: Follower) { state.withLock { $0.followers.removeAll { $0 === follower } } }

    /// Reads the next batch for a follower; nil where the disk refuses.
    func next(after position: Int64, topics: [Topic], _ body: @escaping @Sendable ([Recorded]?, Int64) -> Void) {
        thread.perform { database in
            let last = self.lastPosition
            let found = try? Self.read(database, after: position, topics: topics, key: nil, limit: Follower.batch)
            body(found, last)
        }
    }
}
