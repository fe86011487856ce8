import Core

extension Deliveries {
    /// Forgets who has not taken an event; how many there were. Their errors may quote it.
    static func erase(
        _ database: borrowing Database,
        _ position: Int64,
        lastLook consumers: [String]
    ) throws(StoreError) -> Int {
        let select = try Statement(database, "SELECT consumer FROM deliveries WHERE position = ?")
        select.bind(1, position)
        var found: [String] = []
        while try select.step() { found.append(select.text(0)) }
        select.reset()
        let again = try Statement(
            database,
            "UPDATE deliveries SET state = 'waiting', tries = 0, next_at = 0, error = '' WHERE consumer = ? AND position = ?"
        )
        let forget = try Statement(database, "DELETE FROM deliveries WHERE consumer = ? AND position = ?")
        for consumer in found {
            let looksAgain = consumers.contains { consumer.hasPrefix($0) }
            if looksAgain {
                again.bind(1, consumer)
                again.bind(2, position)
                try again.run()
            } else {
                forget.bind(1, consumer)
                forget.bind(2, position)
                try forget.run()
            }
        }
        return found.count
    }

    /// Whether a consumer has gone past an event, so that nothing older is on its way to it any more.
    public func hasPassed(_ consumer: String, _ position: Int64) async throws(StoreError) -> Bool {
        try await cursor(consumer) >= position
    }
}
