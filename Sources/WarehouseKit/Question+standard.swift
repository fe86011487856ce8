/// The questions in the SQL that SQLite and Snowflake share.
extension Question {
    func standard(_ dialect: Dialect) -> Statement {
        let at = dialect.quoted("at")
        let time = dialect == .snowflake ? "TO_TIMESTAMP_NTZ(?)" : "?"
        let range = "\(at) >= \(time) AND \(at) < \(time)"
        let share = "CAST(COUNT(*) AS DOUBLE PRECISION) / SUM(COUNT(*)) OVER ()"
        switch self {
        case .callsPerHour: return Self.perHour(dialect, at, range)
        case .resolution, .sentiment: return judged(at, range.replacing(at, with: "c.\(at)"), share)
        case .latency: return latency(range)
        case .intents:
            return limited(
                """
                SELECT COALESCE(intent, 'unknown') AS intent, COUNT(*) AS times, COUNT(DISTINCT call_id) AS calls, \
                AVG(confidence) AS confidence FROM intents WHERE \(range) GROUP BY 1
                """,
                by: "times DESC, intent"
            )
        case .dispositions:
            return limited(
                """
                SELECT COALESCE(disposition, 'unknown') AS disposition, COUNT(*) AS calls, \(share) AS share, \
                AVG(duration_s) AS duration_s FROM calls WHERE \(range) GROUP BY 1
                """,
                by: "calls DESC, disposition"
            )
        case .events:
            return limited(
                """
                SELECT COALESCE(topic, 'unknown') AS topic, COALESCE(host, 'unknown') AS host, COUNT(*) AS events \
                FROM events WHERE \(range) GROUP BY 1, 2
                """,
                by: "events DESC, topic, host"
            )
        }
    }

    /// At most so many rows, in order. By number, since not every server binds a LIMIT.
    private func limited(_ rows: String, with tables: String = "", by order: String, reversed: Bool = false)
        -> Statement
    {
        let names = columns.map(\.name).joined(separator: ", ")
        return Statement(
            """
            \(tables)SELECT \(names) FROM (SELECT answer.*, ROW_NUMBER() OVER (ORDER BY \(order)) AS place \
            FROM (\(rows)) answer) placed WHERE place <= ? ORDER BY place\(reversed ? " DESC" : "")
            """
        )
    }

    private static func perHour(_ dialect: Dialect, _ at: String, _ range: String) -> Statement {
        let hour =
            dialect == .snowflake
            ? "TO_CHAR(DATE_TRUNC('HOUR', \(at)), 'YYYY-MM-DD\"T\"HH24\":00:00Z\"')"
            : "SUBSTR(\(at), 1, 13) || ':00:00Z'"
        func count(_ direction: String) -> String {
            "SUM(CASE WHEN direction = '\(direction)' THEN 1 ELSE 0 END) AS \(direction)"
        }
        // Where not all hours fit, the latest are wanted.
        return Question.callsPerHour.limited(
            """
            SELECT \(hour) AS hour, COUNT(*) AS calls, \(count("inbound")), \(count("outbound")), \
            AVG(duration_s) AS duration_s FROM calls WHERE \(range) GROUP BY 1
            """,
            by: "hour DESC",
            reversed: true
        )
    }

    /// What was said of a call last, after it or at its end.
    private func judged(_ at: String, _ range: String, _ share: String) -> Statement {
        limited(
            """
            SELECT COALESCE(j.\(rawValue), c.\(rawValue), 'unknown') AS \(rawValue), COUNT(*) AS calls, \
            \(share) AS share FROM calls c LEFT JOIN (SELECT call_id, \(rawValue), \
            ROW_NUMBER() OVER (PARTITION BY call_id ORDER BY \(at) DESC, event_id DESC) AS latest FROM judgements \
            WHERE \(rawValue) IS NOT NULL) j ON j.call_id = c.call_id AND j.latest = 1 WHERE \(range) GROUP BY 1
            """,
            by: "calls DESC, \(rawValue)"
        )
    }

    private func latency(_ range: String) -> Statement {
        let parts = Table.latencyParts.enumerated().map { number, part in
            "SELECT \(number) AS ordinal, '\(part)' AS part, \(part) AS ms FROM chosen WHERE \(part) IS NOT NULL"
        }
        let picks = Self.percentiles.map { p in
            "MAX(CASE WHEN (place - 1) * 100 <= n * \(p) AND place * 100 > n * \(p) THEN ms END) AS p\(p)_ms"
        }
        return limited(
            """
            SELECT ordinal, part, MAX(n) AS turns, \(picks.joined(separator: ", ")) FROM sorted GROUP BY ordinal, part
            """,
            with: """
                WITH chosen AS (SELECT \(Table.latencyParts.joined(separator: ", ")) FROM turns WHERE \(range)), \
                parts AS (\(parts.joined(separator: " UNION ALL "))), \
                sorted AS (SELECT ordinal, part, ms, ROW_NUMBER() OVER (PARTITION BY ordinal ORDER BY ms) AS place, \
                COUNT(*) OVER (PARTITION BY ordinal) AS n FROM parts) 
                """,
            by: "ordinal"
        )
    }
}
