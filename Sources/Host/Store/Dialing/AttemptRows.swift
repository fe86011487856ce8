import Core
import JSONKit

/// The statements of the attempts' table, and of the numbers that are being called.
enum AttemptRows {
    private static let columns = """
        id, campaign, lead, list, number, caller_id, owner, state, carrier_call_id, call_id, status, sequence, answered_by,
        disposition, reason, decision, intended_at, placed_at, answered_at, greeted_at, ended_at, due
        """
    static let live = "state IN ('intended', 'placed', 'answered')"
    private static let group = 64

    /// `locked`: nobody else changes it until the transaction ends.
    static func find(_ database: borrowing Database, _ id: String, locked: Bool = false) throws(StoreError) -> Attempt?
    {
        try select(database, "WHERE id = ?\(locked ? " FOR UPDATE" : "")", [id], []).first
    }

    /// Attempts by a condition whose first marks are texts and whose last ones are numbers.
    static func select(
        _ database: borrowing Database,
        _ condition: String,
        _ texts: [String],
        _ numbers: [Int64]
    ) throws(StoreError) -> [Attempt] {
        let select = try Statement(database, "SELECT \(columns) FROM attempts \(condition)")
        select.bind(texts, from: 1)
        for (index, number) in numbers.enumerated() { select.bind(Int32(texts.count + index) + 1, number) }
        var found: [Attempt] = []
        while try select.step() { found.append(attempt(select)) }
        return found
    }

    static func insert(_ database: borrowing Database, _ attempts: [Attempt]) throws(StoreError) {
        for start in stride(from: 0, to: attempts.count, by: group) {
            let part = attempts[start..<min(start + group, attempts.count)]
            let insert = try Statement(
                database,
                "INSERT INTO attempts (\(columns)) VALUES \(Marks.rows(part.count, of: 22))"
            )
            var index: Int32 = 1
            for attempt in part {
                insert.bind(
                    [attempt.id, attempt.campaign, attempt.lead, attempt.list, attempt.number, attempt.callerID],
                    from: index
                )
                bind(attempt, insert, from: index + 6)
                insert.bind(index + 15, attempt.decision.description)
                insert.bind(index + 16, attempt.intendedAt.unixMilliseconds)
                bindTimes(attempt, insert, from: index + 17)
                index += 22
            }
            try insert.run()
        }
    }

    static func update(_ database: borrowing Database, _ attempt: Attempt) throws(StoreError) {
        let update = try Statement(
            database,
            """
            UPDATE attempts SET owner = ?, state = ?, carrier_call_id = ?, call_id = ?, status = ?, sequence = ?,
            answered_by = ?, disposition = ?, reason = ?, placed_at = ?, answered_at = ?, greeted_at = ?, ended_at = ?,
            due = ? WHERE id = ?
            """
        )
        bind(attempt, update, from: 1)
        bindTimes(attempt, update, from: 10)
        update.bind(15, attempt.id)
        try update.run()
    }

    /// Nine values, from the owner to the reason.
    private static func bind(_ attempt: Attempt, _ statement: borrowing Statement, from first: Int32) {
        statement.bind(
            [attempt.owner, attempt.state.rawValue, attempt.carrierCallID, attempt.callID, attempt.status],
            from: first
        )
        statement.bind(first + 5, attempt.sequence)
        statement.bind([attempt.answeredBy, attempt.disposition, attempt.reason], from: first + 6)
    }

    /// Five values, from the placing on.
    private static func bindTimes(_ attempt: Attempt, _ statement: borrowing Statement, from first: Int32) {
        let times = [attempt.placedAt, attempt.answeredAt, attempt.greetedAt, attempt.endedAt, attempt.due]
        for (index, time) in times.enumerated() { statement.bind(first + Int32(index), time?.unixMilliseconds ?? 0) }
    }

    private static func attempt(_ row: borrowing Statement) -> Attempt {
        func time(_ column: Int32) -> Timestamp? {
            row.int(column) == 0 ? nil : Timestamp(unixMilliseconds: row.int(column))
        }
        var attempt = Attempt(
            id: row.text(0),
            campaign: row.text(1),
            lead: row.text(2),
            list: row.text(3),
            number: row.text(4),
            callerID: row.text(5),
            owner: row.text(6),
            decision: (try? JSON(parsing: row.text(15))) ?? .null,
            intendedAt: Timestamp(unixMilliseconds: row.int(16)),
            due: Timestamp(unixMilliseconds: row.int(21))
        )
        attempt.state = Attempt.State(rawValue: row.text(7)) ?? .over
        (attempt.carrierCallID, attempt.callID, attempt.status) = (row.text(8), row.text(9), row.text(10))
        (attempt.sequence, attempt.answeredBy) = (row.int(11), row.text(12))
        (attempt.disposition, attempt.reason) = (row.text(13), row.text(14))
        (attempt.placedAt, attempt.answeredAt) = (time(17), time(18))
        (attempt.greetedAt, attempt.endedAt) = (time(19), time(20))
        return attempt
    }

    // MARK: Numbers that are being called

    /// The attempts whose number nobody else is calling: they have it from now on.
    static func takeNumbers(_ database: borrowing Database, _ attempts: [Attempt]) throws(StoreError) -> Set<String> {
        var taken: Set<String> = []
        for start in stride(from: 0, to: attempts.count, by: group) {
            let part = attempts[start..<min(start + group, attempts.count)]
            let insert = try Statement(
                database,
                """
                INSERT INTO live_numbers (number, attempt, campaign) VALUES \(Marks.rows(part.count, of: 3))
                ON CONFLICT (number) DO NOTHING RETURNING attempt
                """
            )
            insert.bind(part.flatMap { [$0.number, $0.id, $0.campaign] }, from: 1)
            while try insert.step() { taken.insert(insert.text(0)) }
        }
        return taken
    }

    static func releaseNumber(_ database: borrowing Database, of attempt: Attempt) throws(StoreError) {
        let delete = try Statement(database, "DELETE FROM live_numbers WHERE number = ? AND attempt = ?")
        delete.bind([attempt.number, attempt.id], from: 1)
        try delete.run()
    }

    /// Those of the numbers that somebody is calling.
    static func liveNumbers(_ database: borrowing Database, of numbers: [String]) throws(StoreError) -> Set<String> {
        let padded = Marks.padded(numbers)
        let select = try Statement(
            database,
            "SELECT number FROM live_numbers WHERE number IN (\(Marks.list(padded.count)))"
        )
        select.bind(padded, from: 1)
        var live: Set<String> = []
        while try select.step() { live.insert(select.text(0)) }
        return live
    }

    static func countLive(_ database: borrowing Database, campaign: String) throws(StoreError) -> Int {
        let select = try Statement(database, "SELECT count(*) FROM live_numbers WHERE campaign = ?")
        select.bind(1, campaign)
        return Int(try select.int() ?? 0)
    }

    // MARK: What was tried before

    /// When attempts were intended, oldest first, by a column's value. What the carrier has never had counts for nothing.
    static func times(
        _ database: borrowing Database,
        by column: String,
        _ values: [String],
        after time: Timestamp
    ) throws(StoreError) -> [String: [Timestamp]] {
        guard !values.isEmpty else { return [:] }
        let padded = Marks.padded(values)
        let select = try Statement(
            database,
            """
            SELECT \(column), intended_at FROM attempts WHERE \(column) IN (\(Marks.list(padded.count)))
            AND intended_at > ? AND NOT (state = 'over' AND disposition = 'canceled' AND placed_at = 0)
            ORDER BY intended_at
            """
        )
        select.bind(padded, from: 1)
        select.bind(Int32(padded.count) + 1, time.unixMilliseconds)
        var times: [String: [Timestamp]] = [:]
        while try select.step() {
            times[select.text(0), default: []].append(Timestamp(unixMilliseconds: select.int(1)))
        }
        return times
    }

    // MARK: Forgetting

    static func live(_ database: borrowing Database, lead: String) throws(StoreError) -> Int {
        let select = try Statement(database, "SELECT count(*) FROM attempts WHERE lead = ? AND \(live)")
        select.bind(1, lead)
        return Int(try select.int() ?? 0)
    }

    static func anonymise(_ database: borrowing Database, lead: String) throws(StoreError) -> [String] {
        try anonymise(database, "lead", lead)
    }

    static func anonymise(_ database: borrowing Database, number: String) throws(StoreError) -> [String] {
        try anonymise(database, "number", number)
    }

    /// The attempts' identifiers. Those that are under way stay as they are.
    private static func anonymise(
        _ database: borrowing Database,
        _ column: String,
        _ value: String
    ) throws(StoreError) -> [String] {
        let update = try Statement(
            database,
            """
            UPDATE attempts SET lead = '', number = '', carrier_call_id = '', call_id = '', decision = '{}'
            WHERE \(column) = ? AND state = 'over' RETURNING id
            """
        )
        update.bind(1, value)
        var ids: [String] = []
        while try update.step() { ids.append(update.text(0)) }
        return ids
    }
}
