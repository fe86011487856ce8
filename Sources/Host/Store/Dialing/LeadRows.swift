import Core
import JSONKit

/// The statements of the leads' table.
enum LeadRows {
    static let columns = """
        id, list, external_id, number, numbers, name, zone, region, language, fields, consent, score, stage, priority, state,
        disposition, reason, attempts, turn, next_at, callback_at, last_attempt_at, made, updated
        """
    /// Rows of one statement.
    private static let group = 64

    /// `locked`: nobody else changes it until the transaction ends.
    static func find(_ database: borrowing Database, _ id: String, locked: Bool = false) throws(StoreError) -> Lead? {
        try select(database, "WHERE id = ?\(locked ? " FOR UPDATE" : "")", [id]).first
    }

    /// Leads by a condition on texts.
    static func select(
        _ database: borrowing Database,
        _ condition: String,
        _ values: [String]
    ) throws(StoreError) -> [Lead] {
        let select = try Statement(database, "SELECT \(columns) FROM leads \(condition)")
        select.bind(values, from: 1)
        var found: [Lead] = []
        while try select.step() { found.append(lead(select)) }
        return found
    }

    /// The identifiers of those that were not there. In the order of their identifiers: two imports do not wait for each other
    /// crosswise.
    static func insert(_ database: borrowing Database, _ leads: [Lead]) throws(StoreError) -> Set<String> {
        let sorted = leads.sorted { $0.id < $1.id }
        var new: Set<String> = []
        for start in stride(from: 0, to: sorted.count, by: group) {
            let part = sorted[start..<min(start + group, sorted.count)]
            let insert = try Statement(
                database,
                """
                INSERT INTO leads (\(columns), ripe) VALUES \(Marks.rows(part.count, of: 25))
                ON CONFLICT (id) DO NOTHING RETURNING id
                """
            )
            var index: Int32 = 1
            for lead in part {
                insert.bind(index, lead.id)
                insert.bind(index + 1, lead.list)
                insert.bind(index + 3, lead.number)
                bind(lead, insert, [2] + Array(4...21), from: index)
                insert.bind(index + 22, lead.made.unixMilliseconds)
                insert.bind(index + 23, lead.updated.unixMilliseconds)
                insert.bind(index + 24, lead.isRipe ? 1 : 0)
                index += 25
            }
            while try insert.step() { new.insert(insert.text(0)) }
        }
        for lead in sorted where !lead.numbers.isEmpty && new.contains(lead.id) {
            try insertNumbers(database, lead)
        }
        return new
    }

    static func update(_ database: borrowing Database, _ lead: Lead, was before: Lead) throws(StoreError) {
        let update = try Statement(
            database,
            """
            UPDATE leads SET external_id = ?, numbers = ?, name = ?, zone = ?, region = ?, language = ?, fields = ?,
            consent = ?, score = ?, stage = ?, priority = ?, state = ?, disposition = ?, reason = ?, attempts = ?, turn = ?,
            next_at = ?, callback_at = ?, last_attempt_at = ?, updated = ?, ripe = ? WHERE id = ?
            """
        )
        bind(lead, update, Array(0..<19), from: 1)
        update.bind(20, lead.updated.unixMilliseconds)
        update.bind(21, lead.isRipe ? 1 : 0)
        update.bind(22, lead.id)
        try update.run()
        guard lead.numbers != before.numbers else { return }
        let delete = try Statement(database, "DELETE FROM lead_numbers WHERE lead = ?")
        delete.bind(1, lead.id)
        try delete.run()
        try insertNumbers(database, lead)
    }

    private static func insertNumbers(_ database: borrowing Database, _ lead: Lead) throws(StoreError) {
        let insert = try Statement(
            database,
            "INSERT INTO lead_numbers (number, lead) VALUES (?, ?) ON CONFLICT (number, lead) DO NOTHING"
        )
        for number in lead.numbers {
            insert.bind(1, number)
            insert.bind(2, lead.id)
            try insert.run()
        }
    }

    /// All that may change, 19 values: `places` counts from `first` where each of them stands.
    private static func bind(
        _ lead: Lead,
        _ statement: borrowing Statement,
        _ places: [Int],
        from first: Int32
    ) {
        let texts = [
            lead.externalID, JSON.array(lead.numbers.map { .string($0) }).description, lead.name, lead.zone,
            lead.region, lead.language, JSON.object(lead.fields).description, lead.consent?.json.description ?? "",
        ]
        for (place, text) in zip(places, texts) { statement.bind(first + Int32(place), text) }
        func place(_ index: Int) -> Int32 { first + Int32(places[index]) }
        statement.bind(place(8), lead.score)
        statement.bind(place(9), lead.stage)
        statement.bind(place(10), lead.priority)
        statement.bind(place(11), lead.state.rawValue)
        statement.bind(place(12), lead.disposition)
        statement.bind(place(13), lead.reason)
        statement.bind(place(14), lead.attempts)
        statement.bind(place(15), lead.turn)
        statement.bind(place(16), lead.nextAt.unixMilliseconds)
        statement.bind(place(17), lead.callbackAt?.unixMilliseconds ?? 0)
        statement.bind(place(18), lead.lastAttemptAt?.unixMilliseconds ?? 0)
    }

    static func lead(_ row: borrowing Statement) -> Lead {
        func json(_ column: Int32) -> JSON { (try? JSON(parsing: row.text(column))) ?? .null }
        func time(_ column: Int32) -> Timestamp? {
            row.int(column) == 0 ? nil : Timestamp(unixMilliseconds: row.int(column))
        }
        var lead = Lead(
            id: row.text(0),
            list: row.text(1),
            number: row.text(3),
            made: Timestamp(unixMilliseconds: row.int(22))
        )
        (lead.externalID, lead.name, lead.zone) = (row.text(2), row.text(5), row.text(6))
        (lead.region, lead.language) = (row.text(7), row.text(8))
        lead.numbers = (json(4).array ?? []).compactMap(\.string)
        lead.fields = json(9).object ?? [:]
        lead.consent = Consent(json(10))
        (lead.score, lead.stage, lead.priority) = (row.int(11), row.text(12), row.int(13))
        lead.state = Lead.State(rawValue: row.text(14)) ?? .closed
        (lead.disposition, lead.reason) = (row.text(15), row.text(16))
        (lead.attempts, lead.turn) = (row.int(17), row.int(18))
        lead.nextAt = Timestamp(unixMilliseconds: row.int(19))
        (lead.callbackAt, lead.lastAttemptAt) = (time(20), time(21))
        lead.updated = Timestamp(unixMilliseconds: row.int(23))
        return lead
    }

    /// How many leads of the lists there are of each state.
    static func counts(_ database: borrowing Database, lists: [String]) throws(StoreError) -> [LeadCount] {
        let condition = lists.isEmpty ? "" : "WHERE list IN (\(Marks.list(lists.count)))"
        let select = try Statement(
            database,
            """
            SELECT list, state, disposition, count(*) FROM leads \(condition) GROUP BY list, state, disposition
            ORDER BY list, state, disposition
            """
        )
        select.bind(lists, from: 1)
        var counts: [LeadCount] = []
        while try select.step() {
            guard let state = Lead.State(rawValue: select.text(1)) else { continue }
            counts.append(
                LeadCount(list: select.text(0), state: state, disposition: select.text(2), count: select.int(3))
            )
        }
        return counts
    }

    /// From list to list, without the leads between.
    static func lists(_ database: borrowing Database) throws(StoreError) -> [String] {
        let select = try Statement(
            database,
            """
            WITH RECURSIVE found (list) AS (
                SELECT min(list) FROM leads
                UNION ALL SELECT (SELECT min(list) FROM leads WHERE list > found.list) FROM found
                WHERE found.list IS NOT NULL
            )
            SELECT list FROM found WHERE list IS NOT NULL
            """
        )
        var lists: [String] = []
        while try select.step() { lists.append(select.text(0)) }
        return lists
    }

    static func has(
        _ database: borrowing Database,
        in lists: [String],
        states: [Lead.State]
    ) throws(StoreError) -> Bool {
        let select = try Statement(
            database,
            """
            SELECT 1 FROM leads WHERE list IN (\(Marks.list(lists.count))) AND state IN (\(Marks.list(states.count)))
            LIMIT 1
            """
        )
        select.bind(lists + states.map(\.rawValue), from: 1)
        return try select.step()
    }

    /// The leads to which a number belongs, as the first or a further one.
    static func ids(of number: String, in database: borrowing Database) throws(StoreError) -> [String] {
        let select = try Statement(
            database,
            "SELECT id FROM leads WHERE number = ? UNION SELECT lead FROM lead_numbers WHERE number = ? ORDER BY 1"
        )
        select.bind([number, number], from: 1)
        var ids: [String] = []
        while try select.step() { ids.append(select.text(0)) }
        return ids
    }

    static func delete(_ database: borrowing Database, _ id: String) throws(StoreError) {
        for statement in ["DELETE FROM lead_numbers WHERE lead = ?", "DELETE FROM leads WHERE id = ?"] {
            let delete = try Statement(database, statement)
            delete.bind(1, id)
            try delete.run()
        }
    }
}

extension Lead {
    /// By the clock of whoever has changed it last. One whose time is yet to come is found ripe by a claim.
    fileprivate var isRipe: Bool { nextAt <= updated }
}
