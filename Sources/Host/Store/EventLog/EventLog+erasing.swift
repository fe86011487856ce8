public import Core
import JSONKit

/// Erasing persons from a log whose positions must not get gaps: their events stay where they are, and hold nothing of them
/// any more (`Event.erased`).
extension EventLog {
    /// So many positions are looked through at once: everybody else waits meanwhile.
    static let stretch: Int64 = 20_000

    /// Events of some topics in which one of some texts occurs, after a position and up to `stretch` further; oldest first.
    /// The texts must need no escapes in JSON. A filter, not an answer: whoever asks looks at the members.
    public func mentions(
        of texts: [String],
        topics: [Topic],
        after position: Int64
    ) async throws(StoreError) -> (found: [Recorded], next: Int64) {
        let next = min(lastPosition, position + Self.stretch)
        let found = try await thread.ask { database throws(StoreError) in
            let names = topics.map { "'\($0.rawValue)'" }.joined(separator: ",")
            let likes = texts.map { _ in "data LIKE ? ESCAPE '!'" }.joined(separator: " OR ")
            let select = try Statement(
                database,
                """
                SELECT position FROM events WHERE position > ? AND position <= ? AND topic IN (\(names)) AND (\(likes))
                ORDER BY position
                """
            )
            select.bind(1, position)
            select.bind(2, next)
            for (index, text) in texts.enumerated() { select.bind(Int32(index) + 3, "%\(Self.escaped(text))%") }
            var positions: [Int64] = []
            while try select.step() { positions.append(select.int(0)) }
            select.reset()
            var found: [Recorded] = []
            for position in positions {
                found += try Self.read(database, after: position - 1, topics: [], key: nil, limit: 1)
            }
            return found
        }
        return (found, next)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("!", with: "!!").replacing("%", with: "!%").replacing("_", with: "!_")
    }

    /// Blanks what is personal in every event of a key, and forgets what consumers had not taken of them; in the same commit.
    /// A key that is itself personal becomes `Event.erasedKey`. Consumers of whose names one is a beginning have a last look at
    /// the blanked events instead, now. How many events and deliveries there were that held something, and the last position.
    public func erase(
        key: String,
        isPersonal: Bool,
        lastLook consumers: [String]
    ) async throws(StoreError) -> (events: Int, deliveries: Int, last: Int64) {
        var (events, deliveries, position): (Int, Int, Int64) = (0, 0, 0)
        while true {
            let after = position
            let part = try await thread.ask { database throws(StoreError) in
                try database.transaction { () throws(StoreError) in
                    try Self.erase(database, key, isPersonal, after: after, lastLook: consumers)
                }
            }
            guard let last = part.last else { return (events, deliveries, position) }
            (events, deliveries, position) = (events + part.events, deliveries + part.deliveries, last)
        }
    }

    /// At most 500 events; no last position where there are none.
    private static func erase(
        _ database: borrowing Database,
        _ key: String,
        _ isPersonal: Bool,
        after position: Int64,
        lastLook consumers: [String]
    ) throws(StoreError) -> (events: Int, deliveries: Int, last: Int64?) {
        var rows: [(position: Int64, topic: String, data: String)] = []
        let select = try Statement(
            database,
            "SELECT position, topic, data FROM events WHERE key = ? AND position > ? ORDER BY position LIMIT 500"
        )
        select.bind(1, key)
        select.bind(2, position)
        while try select.step() { rows.append((select.int(0), select.text(1), select.text(2))) }
        select.reset()
        let update = try Statement(database, "UPDATE events SET key = ?, data = ? WHERE position = ?")
        var (events, deliveries) = (0, 0)
        for row in rows {
            let topic = Topic(rawValue: row.topic)
            let data = Event.erased((try? JSON(parsing: row.data)) ?? [:], topic).description
            // Also of an event that was blanked before: a consumer that had it in hands may have complained since.
            deliveries += try Deliveries.erase(database, row.position, lastLook: consumers)
            guard data != row.data || isPersonal else { continue }
            update.bind(1, isPersonal ? Event.erasedKey : key)
            update.bind(2, data)
            update.bind(3, row.position)
            try update.run()
            events += 1
        }
        return (events, deliveries, rows.last?.position)
    }
}
