public import Core

/// Looking over a stretch of time. Positions follow the commits, not the events' own times, and what waited for a disk comes
/// late: so a stretch is looked for a day around, and each event is asked when it was.
extension EventLog {
    private static let slack: Int64 = 86_400_000

    /// Positions behind which, and up to which, all events of a stretch of time are; others, too.
    public func span(from: Timestamp, to: Timestamp) async throws(StoreError) -> (after: Int64, upTo: Int64) {
        let last = lastPosition
        let (early, late) = (from.unixMilliseconds - Self.slack, to.unixMilliseconds + Self.slack)
        return try await thread.ask { database throws(StoreError) in
            let after = try Self.place(of: early, last, in: database) - 1
            return (max(0, after), try Self.place(of: late, last, in: database))
        }
    }

    /// The first position whose event is not before a time, roughly; the last one where there is none.
    private static func place(
        of time: Int64,
        _ last: Int64,
        in database: borrowing Database
    ) throws(StoreError) -> Int64 {
        let select = try Statement(
            database,
            "SELECT at FROM events WHERE position >= ? ORDER BY position LIMIT 1"
        )
        var (low, high): (Int64, Int64) = (1, max(1, last))
        while low < high {
            let middle = (low + high) / 2
            select.bind(1, middle)
            if try select.int() ?? Int64.max < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many events of each topic there are between two positions and two times. At most 50,000 positions at once: everybody
    /// else waits meanwhile.
    public func counts(
        after: Int64,
        upTo: Int64,
        from: Timestamp,
        to: Timestamp
    ) async throws(StoreError) -> [String: Int] {
        let upTo = min(upTo, after + 50_000)
        return try await thread.ask { database throws(StoreError) in
            let select = try Statement(
                database,
                """
                SELECT topic, count(*) FROM events WHERE position > ? AND position <= ? AND at >= ? AND at < ?
                GROUP BY topic
                """
            )
            select.bind(1, after)
            select.bind(2, upTo)
            select.bind(3, from.unixMilliseconds)
            select.bind(4, to.unixMilliseconds)
            var counts: [String: Int] = [:]
            while try select.step() { counts[select.text(0)] = Int(select.int(1)) }
            return counts
        }
    }

    /// What events of a topic since then are about, each once; 10,000 at most.
    public func keys(of topic: Topic, since time: Timestamp) async throws(StoreError) -> [String] {
        try await thread.ask { database throws(StoreError) in
            let select = try Statement(
                database,
                "SELECT DISTINCT key FROM events WHERE topic = ? AND at >= ? ORDER BY key LIMIT 10000"
            )
            select.bind(1, topic.rawValue)
            select.bind(2, time.unixMilliseconds)
            var keys: [String] = []
            while try select.step() { keys.append(select.text(0)) }
            return keys
        }
    }
}
