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

    private struct Entry {
        let event: Event
        /// Its identifier may stand in the log already: somebody outside made it.
        var mayBeKnown = false
        let completion: Completion?
    }

    private struct State {
        var waiting: [Entry] = []
        var isScheduled = false
        var last: Int64
        var followers: [Follower] = []
        var isHealthy = true
        /// After a refusal nothing is written until then.
        var pausedUntil: Moment?
        /// What was refused may have been written all the same: the answer was lost.
        var mayBeWritten = false
    }

    let thread: StoreThread
    private let host: String
    private let isShared: Bool
    private let waiting: Gauge
    private let healthy: Gauge
    private let state: Mutex<State>
    private let failures: Counter
    private let appended: Counter
    private let commits: Histogram
    /// Events that may wait for the disk: minutes of a busy host.
    private static let bound = 65_536
    private static let group = 4096
    private static let rows = 64

    init(thread: StoreThread, last: Int64, host: String, isShared: Bool) {
        (self.thread, self.host, self.isShared) = (thread, host, isShared)
        state = Mutex(State(last: last))
        let metrics = Metrics.shared
        failures = metrics.counter("patchbay_log_append_failures_total", help: "Events that could not be made durable.")
        appended = metrics.counter("patchbay_log_events_total", help: "Events made durable.")
        commits = metrics.histogram(
            "patchbay_log_commit_seconds",
            help: "A group's commit.",
            bounds: Histogram.stageBounds
        )
        waiting = metrics.gauge("patchbay_log_waiting", help: "Events that are not durable yet.")
        healthy = metrics.gauge("patchbay_log_healthy", help: "1, or 0 while events cannot be made durable.")
        healthy.set(1)
        thread.everyTick { [weak self] in self?.look($0) }
    }

    /// The position of the last durable event.
    public var lastPosition: Int64 { state.withLock { $0.last } }

    /// Whether the last group could be written.
    public var isHealthy: Bool { state.withLock { $0.isHealthy } }

    /// Offers an event. Returns at once; `completion` runs on the store's thread when it is durable, or will not be.
    public func append(_ event: Event, completion: Completion? = nil) {
        offer([Entry(event: event, completion: completion)])
    }

    private func offer(_ entries: [Entry]) {
        let outcome = state.withLock { state -> (isTaken: Bool, mustSchedule: Bool) in
            guard state.waiting.count + entries.count <= Self.bound else { return (false, false) }
            state.waiting += entries
            defer { state.isScheduled = true }
            return (true, !state.isScheduled)
        }
        if outcome.mustSchedule, !thread.perform({ self.commit($0) }) { fail(take(), .closed) }
        if !outcome.isTaken { fail(entries, .overloaded(waiting: Self.bound)) }
    }

    /// Offers an event and waits until it is durable.
    @discardableResult
    public func append(_ event: Event) async throws(StoreError) -> Int64 {
        let result = await withCheckedContinuation { continuation in
            append(event) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Offers events that somebody outside made, and waits until all of them are durable; one whose identifier stands in the
    /// log is passed over. The position of the last one. After an error some may be durable: offer all of them again.
    public func append(known events: [Event]) async throws(StoreError) -> Int64 {
        let tally = Mutex<(missing: Int, result: Result<Int64, StoreError>)>((events.count, .success(0)))
        let result = await withCheckedContinuation { continuation in
            guard !events.isEmpty else { return continuation.resume(returning: Result<Int64, StoreError>.success(0)) }
            let entries = events.map { event in
                Entry(event: event, mayBeKnown: true) { result in
                    let whole: Result<Int64, StoreError>? = tally.withLock { tally in
                        tally.missing -= 1
                        if case .success(let last) = tally.result {
                            tally.result = result.map { max($0, last) }
                        }
                        return tally.missing == 0 ? tally.result : nil
                    }
                    if let whole { continuation.resume(returning: whole) }
                }
            }
            offer(entries)
        }
        return try result.get()
    }

    // MARK: Writing

    private func take() -> [Entry] {
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
        let isPaused = state.withLock { state in
            guard let until = state.pausedUntil, until > .now() else { return false }
            // A tick after the pause comes back to it.
            state.isScheduled = false
            return true
        }
        guard !isPaused else { return }
        let group = take()
        guard !group.isEmpty else { return }
        let start = Moment.now()
        do throws(StoreError) {
            let positions = try write(group, to: database)
            commits.observe((Moment.now() - start).fractionalSeconds)
            appended.add(UInt64(group.count))
            state.withLock { state in
                state.last = max(state.last, positions.last ?? 0)
                (state.isHealthy, state.pausedUntil, state.mayBeWritten) = (true, nil, false)
            }
            healthy.set(1)
            for (entry, position) in zip(group, positions) { entry.completion?(.success(position)) }
            for follower in state.withLock({ $0.followers }) { follower.advance() }
        } catch {
            keep(group, error)
        }
        waiting.set(Double(state.withLock { $0.waiting.count }))
        if state.withLock({ $0.isScheduled }) { thread.perform { self.commit($0) } }
    }

    /// The disk or the server refuses: who asked to be told is told that the event is not durable and may offer it again;
    /// facts that nobody waits for stay first in the queue and are tried again soon.
    private func keep(_ group: [Entry], _ error: StoreError) {
        let facts = group.filter { $0.completion == nil }
        let wasHealthy = state.withLock { state in
            state.waiting.insert(contentsOf: facts, at: 0)
            state.pausedUntil = .now() + .milliseconds(500)
            // The next tick schedules it again.
            state.isScheduled = false
            state.mayBeWritten = true
            defer { state.isHealthy = false }
            return state.isHealthy
        }
        healthy.set(0)
        if wasHealthy {
            Log("events").error(
                "events cannot be made durable; they wait in memory, and calls go on",
                ["count": .int(Int64(group.count)), "reason": .string("\(error)")]
            )
        }
        let refused = group.filter { $0.completion != nil }
        failures.add(UInt64(refused.count))
        for entry in refused { entry.completion?(.failure(error)) }
    }

    private func fail(_ group: [Entry], _ error: StoreError) {
        failures.add(UInt64(group.count))
        for entry in group { entry.completion?(.failure(error)) }
    }

    /// Every tick: what waits is tried again, and what other hosts wrote is noticed.
    private func look(_ database: borrowing Database) {
        let mustWrite = state.withLock { state in
            defer { if !state.waiting.isEmpty { state.isScheduled = true } }
            return !state.waiting.isEmpty && !state.isScheduled
        }
        if mustWrite { commit(database) }
        guard isShared, let head = try? Statement(database, "SELECT position FROM log_head").int() else { return }
        let followers = state.withLock { state -> [Follower] in
            guard head > state.last else { return [] }
            state.last = head
            return state.followers
        }
        for follower in followers { follower.advance() }
    }

    /// The events' positions. Those that stand there already are found by their ids: nobody heard that their writing had
    /// succeeded, or they come a second time.
    private func write(_ group: [Entry], to database: borrowing Database) throws(StoreError) -> [Int64] {
        let mayBeWritten = state.withLock { $0.mayBeWritten }
        return try database.transaction { () throws(StoreError) in
            try place(group, in: database, mayBeWritten: mayBeWritten)
        }
    }

    /// Commits a change of another table and the events that tell of it: both, or neither. An event whose identifier is known
    /// already is not appended again. On the store's thread.
    func alongside<Value>(
        _ database: borrowing Database,
        _ body: () throws(StoreError) -> (value: Value, events: [Event])
    ) throws(StoreError) -> Value {
        var positions: [Int64] = []
        let value = try database.transaction { () throws(StoreError) in
            let (value, events) = try body()
            guard !events.isEmpty else { return value }
            let group = events.map { Entry(event: $0, mayBeKnown: true, completion: nil) }
            positions = try place(group, in: database, mayBeWritten: true)
            return value
        }
        guard let last = positions.max() else { return value }
        appended.add(UInt64(positions.count))
        let followers = state.withLock { state in
            state.last = max(state.last, last)
            return state.followers
        }
        for follower in followers { follower.advance() }
        return value
    }

    /// Gives events their places, within a transaction.
    private func place(
        _ group: [Entry],
        in database: borrowing Database,
        mayBeWritten: Bool
    ) throws(StoreError) -> [Int64] {
        let doubtful = group.filter { mayBeWritten || $0.mayBeKnown }.map(\.event.id.rawValue)
        var known = try Self.positions(of: doubtful, in: database)
        var seen: Set<String> = []
        let isNew = group.map { entry in
            let id = entry.event.id.rawValue
            return known[id] == nil && (!entry.mayBeKnown || seen.insert(id).inserted)
        }
        let new = zip(group, isNew).filter(\.1).map(\.0.event)
        // The head's row is locked until the commit: positions have no gaps and follow the commits' order.
        let head = try Statement(
            database,
            "UPDATE log_head SET position = position + ? WHERE one = 1 RETURNING position"
        )
        head.bind(1, Int64(new.count))
        var next = (try head.int() ?? 0) - Int64(new.count) + 1
        try insert(new, from: next, to: database)
        return zip(group, isNew).map { entry, isNew in
            guard isNew else { return known[entry.event.id.rawValue] ?? next - 1 }
            defer { next += 1 }
            if entry.mayBeKnown { known[entry.event.id.rawValue] = next }
            return next
        }
    }

    /// Where events stand, by their ids.
    private static func positions(
        of ids: [String],
        in database: borrowing Database
    ) throws(StoreError) -> [String: Int64] {
        var found: [String: Int64] = [:]
        for start in stride(from: 0, to: ids.count, by: rows) {
            let part = ids[start..<min(start + rows, ids.count)]
            let marks = Array(repeating: "?", count: part.count).joined(separator: ", ")
            let select = try Statement(database, "SELECT id, position FROM events WHERE id IN (\(marks))")
            for (index, id) in part.enumerated() { select.bind(Int32(index) + 1, id) }
            while try select.step() { found[select.text(0)] = select.int(1) }
        }
        return found
    }

    /// Many rows a statement: each one is a way to the server and back.
    private func insert(_ events: [Event], from first: Int64, to database: borrowing Database) throws(StoreError) {
        var next = first
        for start in stride(from: 0, to: events.count, by: Self.rows) {
            let part = events[start..<min(start + Self.rows, events.count)]
            let marks = Array(repeating: "(?, ?, ?, ?, ?, ?, ?)", count: part.count).joined(separator: ", ")
            let insert = try Statement(
                database,
                "INSERT INTO events (position, id, topic, key, at, data, host) VALUES \(marks)"
            )
            var index: Int32 = 0
            for event in part {
                insert.bind(index + 1, next)
                insert.bind(index + 2, event.id.rawValue)
                insert.bind(index + 3, event.topic.rawValue)
                insert.bind(index + 4, event.key)
                insert.bind(index + 5, event.at.unixMilliseconds)
                insert.bind(index + 6, event.data.description)
                insert.bind(index + 7, host)
                (index, next) = (index + 7, next + 1)
            }
            try insert.run()
        }
    }

    // MARK: Reading

    /// Events after a position, oldest first. `limit` is at most 10,000; `isOwn`: of several hosts on one log, those of this
    /// one only.
    public func read(
        after position: Int64,
        topics: [Topic] = [],
        key: String? = nil,
        isOwn: Bool = false,
        limit: Int
    ) async throws(StoreError) -> [Recorded] {
        let host = isOwn && isShared ? host : nil
        return try await thread.ask { database throws(StoreError) in
            try Self.read(database, after: position, topics: topics, key: key, host: host, limit: limit)
        }
    }

    static func read(
        _ database: borrowing Database,
        after position: Int64,
        topics: [Topic],
        key: String?,
        host: String? = nil,
        limit: Int
    ) throws(StoreError) -> [Recorded] {
        var sql = "SELECT position, id, topic, key, at, data FROM events WHERE position > ?"
        if !topics.isEmpty { sql += " AND topic IN (\(topics.map { "'\($0.rawValue)'" }.joined(separator: ",")))" }
        if key != nil { sql += " AND key = ?" }
        if host != nil { sql += " AND host = ?" }
        sql += " ORDER BY position LIMIT \(min(max(limit, 1), 10_000))"
        let select = try Statement(database, sql)
        select.bind(1, position)
        if let key { select.bind(2, key) }
        if let host { select.bind(key == nil ? 2 : 3, host) }
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

    /// The event at a position as it is now.
    public func event(at position: Int64) async throws(StoreError) -> Event? { try await read(at: position)?.event }

    /// The calls that this host had and that neither ended, nor were marked as interrupted, nor went on elsewhere; oldest
    /// first, each with the event by which this host got it.
    public func openCalls() async throws(StoreError) -> [Recorded] {
        let (host, isShared) = (host, isShared)
        return try await thread.ask { database throws(StoreError) in
            let select = try Statement(
                database,
                """
                SELECT position, key FROM events WHERE topic IN ('call.started', 'call.continued')
                \(isShared ? "AND host = ?" : "")
                AND key NOT IN (SELECT key FROM events WHERE topic IN ('call.ended', 'call.interrupted'))
                \(isShared ? "AND key NOT IN (SELECT key FROM events WHERE topic = 'call.continued' AND host <> ?)" : "")
                ORDER BY position
                """
            )
            if isShared {
                select.bind(1, host)
                select.bind(2, host)
            }
            var found: [Recorded] = []
            while try select.step() {
                let (position, key) = (select.int(0), select.text(1))
                found += try Self.read(database, after: position - 1, topics: [], key: key, limit: 1)
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
