import Core

/// The cursors of the log's consumers, and what they have not taken. Durable; any thread.
public final class Deliveries: Sendable {
    let thread: StoreThread

    init(thread: StoreThread) { self.thread = thread }

    /// Where a consumer stands: everything up to here is delivered, waiting or parked.
    func cursor(_ consumer: String) async throws(StoreError) -> Int64 {
        try await thread.ask { database throws(StoreError) in
            let select = try Statement(database, "SELECT position FROM cursors WHERE consumer = ?")
            select.bind(1, consumer)
            return try select.step() ? select.int(0) : 0
        }
    }

    /// Moves the cursor and, in the same commit, notes what became of events: nil, taken.
    func settle(
        _ consumer: String,
        cursor: Int64?,
        _ fates: [(position: Int64, rest: Delivery?)]
    ) async throws(StoreError) {
        try await thread.ask { database throws(StoreError) in
            try database.transaction { () throws(StoreError) in
                if let cursor { try Self.move(database, consumer, to: cursor) }
                try Self.note(database, consumer, fates)
            }
        }
    }

    private static func move(_ database: borrowing Database, _ consumer: String, to cursor: Int64) throws(StoreError) {
        let move = try Statement(
            database,
            """
            INSERT INTO cursors (consumer, position) VALUES (?, ?)
            ON CONFLICT (consumer) DO UPDATE SET position = excluded.position
            WHERE excluded.position > cursors.position
            """
        )
        move.bind(1, consumer)
        move.bind(2, cursor)
        try move.run()
    }

    private static func note(
        _ database: borrowing Database,
        _ consumer: String,
        _ fates: [(position: Int64, rest: Delivery?)]
    ) throws(StoreError) {
        guard let first = fates.first, let last = fates.last else { return }
        // Most batches leave nothing behind, and had left nothing: one statement tells so.
        let any = try Statement(
            database,
            "SELECT count(*) FROM deliveries WHERE consumer = ? AND position BETWEEN ? AND ?"
        )
        any.bind(1, consumer)
        any.bind(2, first.position)
        any.bind(3, last.position)
        let hasRests = try any.int() ?? 0 > 0
        for fate in fates {
            if hasRests { try forget(database, consumer, fate.position) }
            if let rest = fate.rest { try write(database, rest) }
        }
    }

    private static func forget(
        _ database: borrowing Database,
        _ consumer: String,
        _ position: Int64
    ) throws(StoreError) {
        let forget = try Statement(database, "DELETE FROM deliveries WHERE consumer = ? AND position = ?")
        forget.bind(1, consumer)
        forget.bind(2, position)
        try forget.run()
    }

    private static func write(_ database: borrowing Database, _ rest: Delivery) throws(StoreError) {
        let note = try Statement(
            database,
            "INSERT INTO deliveries (consumer, position, state, tries, next_at, error) VALUES (?, ?, ?, ?, ?, ?)"
        )
        note.bind(1, rest.consumer)
        note.bind(2, rest.position)
        note.bind(3, rest.state.rawValue)
        note.bind(4, Int64(rest.tries))
        note.bind(5, rest.nextAt.unixMilliseconds)
        note.bind(6, rest.error)
        try note.run()
    }

    /// How far a consumer is, for its figures.
    func standing(_ consumer: String) async throws(StoreError) -> Standing {
        let cursor = try await cursor(consumer)
        return try await thread.ask { database throws(StoreError) in
            var standing = Standing(cursor: cursor)
            let count = try Statement(
                database,
                "SELECT state, count(*) FROM deliveries WHERE consumer = ? GROUP BY state"
            )
            count.bind(1, consumer)
            while try count.step() {
                if count.text(0) == Delivery.State.parked.rawValue {
                    standing.parked = Int(count.int(1))
                } else {
                    standing.waiting = Int(count.int(1))
                }
            }
            let oldest = try Statement(
                database,
                """
                SELECT min(at) FROM events WHERE position IN (
                    SELECT position FROM deliveries WHERE consumer = ? AND state = 'waiting'
                )
                """
            )
            oldest.bind(1, consumer)
            let waiting = try oldest.int() ?? 0
            standing.oldest = waiting > 0 ? Timestamp(unixMilliseconds: waiting) : nil
            return standing
        }
    }

    struct Standing: Sendable {
        var cursor: Int64
        var parked = 0
        var waiting = 0
        /// When the oldest event that waits on its own happened.
        var oldest: Timestamp?
    }

    /// What waits or is parked, by consumer and position.
    public func list(
        consumer: String? = nil,
        state: Delivery.State? = nil,
        limit: Int = 1000
    ) async throws(StoreError) -> [Delivery] {
        try await thread.ask { database throws(StoreError) in
            let select = try Statement(
                database,
                """
                SELECT consumer, position, state, tries, next_at, error FROM deliveries
                WHERE (? = '' OR consumer = ?) AND (? = '' OR state = ?) ORDER BY consumer, position LIMIT ?
                """
            )
            select.bind(1, consumer ?? "")
            select.bind(2, consumer ?? "")
            select.bind(3, state?.rawValue ?? "")
            select.bind(4, state?.rawValue ?? "")
            select.bind(5, Int64(limit))
            var found: [Delivery] = []
            while try select.step() {
                let delivery = Delivery(
                    consumer: select.text(0),
                    position: select.int(1),
                    state: Delivery.State(rawValue: select.text(2)) ?? .parked,
                    tries: Int(select.int(3)),
                    nextAt: Timestamp(unixMilliseconds: select.int(4)),
                    error: select.text(5)
                )
                found.append(delivery)
            }
            return found
        }
    }

    /// Lets parked events be tried again now; empty positions mean all of the consumer's. Their number.
    public func retry(_ consumer: String, positions: [Int64] = []) async throws(StoreError) -> Int {
        let parked = try await list(consumer: consumer, state: .parked)
        let chosen = parked.filter { positions.isEmpty || positions.contains($0.position) }
        let again = chosen.map { delivery in
            let rest = Delivery(
                consumer: consumer,
                position: delivery.position,
                state: .waiting,
                tries: 0,
                nextAt: .now(),
                error: delivery.error
            )
            return (position: delivery.position, rest: rest as Delivery?)
        }
        try await settle(consumer, cursor: nil, again)
        return chosen.count
    }
}
