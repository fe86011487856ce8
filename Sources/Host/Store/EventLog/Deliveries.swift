import Core

/// The cursors of the log's consumers, and what they have not taken. Durable; any thread.
public final class Deliveries: Sendable {
    private let thread: StoreThread

    init(thread: StoreThread) { self.thread = thread }

    /// Where a consumer stands: everything up to here is delivered, waiting or parked.
    func cursor(_ consumer: String) async throws(StoreError) -> Int64 {
        try await thread.ask { database throws(StoreError) in
            let select = try Statement(database, "SELECT position FROM cursors WHERE consumer = ?")
            select.bind(1, consumer)
            return try select.step() ? select.int(0) : 0
        }
    }

    /// Moves the cursor and, in the same commit, notes what became of an event: nil, it was taken.
    func settle(_ consumer: String, cursor: Int64?, position: Int64, _ rest: Delivery?) async throws(StoreError) {
        try await thread.ask { database throws(StoreError) in
            try database.execute("BEGIN IMMEDIATE")
            do throws(StoreError) {
                try Self.write(database, consumer, cursor, position, rest)
                try database.execute("COMMIT")
            } catch {
                try? database.execute("ROLLBACK")
                throw error
            }
        }
    }

    private static func write(
        _ database: borrowing Database,
        _ consumer: String,
        _ cursor: Int64?,
        _ position: Int64,
        _ rest: Delivery?
    ) throws(StoreError) {
        if let cursor {
            let move = try Statement(database, "INSERT OR REPLACE INTO cursors (consumer, position) VALUES (?, ?)")
            move.bind(1, consumer)
            move.bind(2, cursor)
            try move.run()
        }
        let forget = try Statement(database, "DELETE FROM deliveries WHERE consumer = ? AND position = ?")
        forget.bind(1, consumer)
        forget.bind(2, position)
        try forget.run()
        guard let rest else { return }
        let note = try Statement(
            database,
            "INSERT INTO deliveries (consumer, position, state, tries, next_at, error) VALUES (?, ?, ?, ?, ?, ?)"
        )
        note.bind(1, consumer)
        note.bind(2, position)
        note.bind(3, rest.state.rawValue)
        note.bind(4, Int64(rest.tries))
        note.bind(5, rest.nextAt.unixMilliseconds)
        note.bind(6, rest.error)
        try note.run()
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
        for delivery in chosen {
            let again = Delivery(
                consumer: consumer,
                position: delivery.position,
                state: .waiting,
                tries: 0,
                nextAt: .now(),
                error: delivery.error
            )
            try await settle(consumer, cursor: nil, position: delivery.position, again)
        }
        return chosen.count
    }
}
