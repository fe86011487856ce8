import Core

/// The statements by which leads are found that may be called.
enum ClaimRows {
    /// One host at a time gives out leads, whatever the campaign, and nobody enters a number meanwhile; until its transaction
    /// ends.
    static func lock(_ database: borrowing Database) throws(StoreError) {
        try database.execute("SELECT pg_advisory_xact_lock(hashtextextended('patchbay:dialing', 0))")
    }

    static func isAnyDue(_ database: borrowing Database, _ claim: Claim) throws(StoreError) -> Bool {
        for condition in ["ripe = 1", "ripe = 0"] {
            let select = try Statement(
                database,
                "SELECT 1 FROM leads WHERE list = ? AND state = 'ready' AND \(condition) AND next_at <= ? LIMIT 1"
            )
            for list in claim.lists {
                select.bind(1, list)
                select.bind(2, claim.now.unixMilliseconds)
                if try select.int() != nil { return true }
            }
        }
        return false
    }

    /// Marks leads whose time has come, first the ones whose time came first; `limit` of each list.
    static func ripen(_ database: borrowing Database, _ claim: Claim, limit: Int) throws(StoreError) {
        let update = try Statement(
            database,
            """
            UPDATE leads SET ripe = 1 WHERE id IN (
                SELECT id FROM leads WHERE list = ? AND state = 'ready' AND ripe = 0 AND next_at <= ?
                ORDER BY next_at, priority DESC, score DESC LIMIT \(limit)\(claim.skipsLocked)
            )
            """
        )
        for list in claim.lists {
            update.bind(1, list)
            update.bind(2, claim.now.unixMilliseconds)
            try update.run()
        }
    }

    /// Leads that have asked to be called by now, the one that has waited longest first.
    static func callbacks(_ database: borrowing Database, _ claim: Claim, limit: Int) throws(StoreError) -> [Lead] {
        let now = claim.now.unixMilliseconds
        let found = try leads(
            database,
            claim,
            """
            AND callback_at > 0 AND next_at <= ? AND callback_at <= ? ORDER BY next_at LIMIT \(limit)
            """,
            [now, now]
        )
        return Array(found.sorted { ($0.nextAt, $0.id) < ($1.nextAt, $1.id) }.prefix(limit))
    }

    /// The ripe leads, in the order in which they are called.
    static func ripe(_ database: borrowing Database, _ claim: Claim, limit: Int) throws(StoreError) -> [Lead] {
        let found = try leads(
            database,
            claim,
            "AND ripe = 1 AND next_at <= ? ORDER BY priority DESC, score DESC, next_at LIMIT \(limit)",
            [claim.now.unixMilliseconds]
        )
        guard claim.lists.count > 1 else { return found }
        return Array(
            found.sorted { ($1.priority, $1.score, $0.nextAt) < ($0.priority, $0.score, $1.nextAt) }.prefix(limit)
        )
    }

    /// Of each list: the order holds within one, and an index serves it.
    private static func leads(
        _ database: borrowing Database,
        _ claim: Claim,
        _ condition: String,
        _ values: [Int64]
    ) throws(StoreError) -> [Lead] {
        let select = try Statement(
            database,
            """
            SELECT \(LeadRows.columns) FROM leads WHERE list = ? AND state = 'ready' \(condition)\(claim.skipsLocked)
            """
        )
        var found: [Lead] = []
        for list in Set(claim.lists).sorted() {
            select.bind(1, list)
            for (index, value) in values.enumerated() { select.bind(Int32(index) + 2, value) }
            while try select.step() { found.append(LeadRows.lead(select)) }
            select.reset()
        }
        return found
    }

    /// All that the rules ask of the leads.
    static func prospects(
        _ database: borrowing Database,
        _ leads: [Lead],
        campaign: String,
        at now: Timestamp
    ) throws(StoreError) -> [Prospect] {
        guard !leads.isEmpty else { return [] }
        let numbers = leads.map(\.nextNumber)
        let live = try AttemptRows.liveNumbers(database, of: numbers)
        let suppressions = try SuppressionRows.matches(database, numbers, campaign: campaign)
        let tried = leads.filter { $0.attempts > 0 }.map(\.id)
        let epoch = Timestamp(unixMilliseconds: 0)
        let attempts = try AttemptRows.times(database, by: "lead", tried, after: epoch)
        let oldest = Timestamp(unixMilliseconds: now.unixMilliseconds - Prospect.numberMemory)
        let numberAttempts = try AttemptRows.times(database, by: "number", numbers, after: oldest)
        return zip(leads, numbers).map { lead, number in
            Prospect(
                lead: lead,
                number: number,
                attempts: attempts[lead.id] ?? [],
                numberAttempts: numberAttempts[number] ?? [],
                suppression: suppressions[number],
                isLive: live.contains(number)
            )
        }
    }

    // MARK: What becomes of them

    static func setClaimed(_ database: borrowing Database, _ ids: [String], at now: Timestamp) throws(StoreError) {
        let ids = Marks.padded(ids)
        let update = try Statement(
            database,
            """
            UPDATE leads SET state = 'claimed', attempts = attempts + 1, last_attempt_at = ?, updated = ?
            WHERE id IN (\(Marks.list(ids.count)))
            """
        )
        update.bind(1, now.unixMilliseconds)
        update.bind(2, now.unixMilliseconds)
        update.bind(ids, from: 3)
        try update.run()
    }

    static func setWaiting(_ database: borrowing Database, _ ids: [String], until: Timestamp) throws(StoreError) {
        let ids = Marks.padded(ids)
        let update = try Statement(
            database,
            "UPDATE leads SET next_at = ?, ripe = 0 WHERE id IN (\(Marks.list(ids.count)))"
        )
        update.bind(1, until.unixMilliseconds)
        update.bind(ids, from: 2)
        try update.run()
    }
}
