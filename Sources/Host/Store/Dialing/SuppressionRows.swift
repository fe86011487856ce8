import Core

/// The statements of the do-not-call lists.
enum SuppressionRows {
    /// The new ones of a batch.
    static func insert(
        _ database: borrowing Database,
        _ suppressions: [Suppression]
    ) throws(StoreError) -> [Suppression] {
        let insert = try Statement(
            database,
            """
            INSERT INTO suppressions (campaign, pattern, reason, is_prefix, made) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (pattern, campaign) DO NOTHING RETURNING made
            """
        )
        var new: [Suppression] = []
        for suppression in suppressions {
            insert.bind(1, suppression.campaign)
            insert.bind(2, suppression.pattern)
            insert.bind(3, suppression.reason)
            insert.bind(4, suppression.isPrefix ? 1 : 0)
            insert.bind(5, suppression.made.unixMilliseconds)
            if try insert.int() != nil { new.append(suppression) }
        }
        return new
    }

    static func delete(
        _ database: borrowing Database,
        campaign: String,
        pattern: String
    ) throws(StoreError) -> Bool {
        let delete = try Statement(
            database,
            "DELETE FROM suppressions WHERE campaign = ? AND pattern = ? RETURNING made"
        )
        delete.bind(1, campaign)
        delete.bind(2, pattern)
        return try delete.int() != nil
    }

    /// By pattern, behind one.
    static func list(
        _ database: borrowing Database,
        campaign: String?,
        after pattern: String,
        limit: Int
    ) throws(StoreError) -> [Suppression] {
        let select = try Statement(
            database,
            """
            SELECT campaign, pattern, reason, made FROM suppressions WHERE pattern > ?
            \(campaign == nil ? "" : "AND campaign = ?") ORDER BY pattern, campaign LIMIT ?
            """
        )
        select.bind(1, pattern)
        if let campaign { select.bind(2, campaign) }
        select.bind(campaign == nil ? 2 : 3, Int64(limit))
        var found: [Suppression] = []
        while try select.step() { found.append(suppression(select)) }
        return found
    }

    /// What forbids each of the numbers: of all campaigns, or of this one, the longest pattern that matches.
    static func matches(
        _ database: borrowing Database,
        _ numbers: [String],
        campaign: String
    ) throws(StoreError) -> [String: Suppression] {
        guard !numbers.isEmpty else { return [:] }
        let lengths = try prefixLengths(database)
        var patterns: [String: Set<String>] = [:]
        for number in Set(numbers) {
            for pattern in Suppression.patterns(of: number, prefixLengths: lengths) {
                patterns[pattern, default: []].insert(number)
            }
        }
        var found: [String: Suppression] = [:]
        let all = Array(patterns.keys)
        for start in stride(from: 0, to: all.count, by: 1024) {
            let part = Marks.padded(Array(all[start..<min(start + 1024, all.count)]))
            let select = try Statement(
                database,
                """
                SELECT campaign, pattern, reason, made FROM suppressions WHERE pattern IN (\(Marks.list(part.count)))
                AND campaign IN ('', ?)
                """
            )
            select.bind(part, from: 1)
            select.bind(Int32(part.count) + 1, campaign)
            while try select.step() {
                let one = suppression(select)
                for number in patterns[one.pattern] ?? [] {
                    if let other = found[number], !one.isNarrower(than: other) { continue }
                    found[number] = one
                }
            }
        }
        return found
    }

    /// How many characters the patterns for beginnings have: there are few lengths, however many patterns there are.
    private static func prefixLengths(_ database: borrowing Database) throws(StoreError) -> Set<Int> {
        let select = try Statement(database, "SELECT DISTINCT length(pattern) FROM suppressions WHERE is_prefix = 1")
        var lengths: Set<Int> = []
        while try select.step() { lengths.insert(Int(select.int(0))) }
        return lengths
    }

    /// A number that must be forgotten stays forbidden by its digest.
    static func makeUnreadable(_ database: borrowing Database, _ number: String) throws(StoreError) -> Int {
        let select = try Statement(
            database,
            "SELECT campaign, pattern, reason, made FROM suppressions WHERE pattern = ?"
        )
        select.bind(1, number)
        var found: [Suppression] = []
        while try select.step() { found.append(suppression(select)) }
        for var one in found {
            _ = try delete(database, campaign: one.campaign, pattern: one.pattern)
            one.pattern = Suppression.digest(of: number)
            _ = try insert(database, [one])
        }
        return found.count
    }

    private static func suppression(_ row: borrowing Statement) -> Suppression {
        Suppression(
            campaign: row.text(0),
            pattern: row.text(1),
            reason: row.text(2),
            made: Timestamp(unixMilliseconds: row.int(3))
        )
    }
}
