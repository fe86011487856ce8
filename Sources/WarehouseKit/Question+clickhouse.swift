/// The questions for ClickHouse: FINAL lets each event stand once, and there are no window functions in its older servers.
extension Question {
    var clickhouse: Statement {
        let range = "at >= ? AND at < ?"
        switch self {
        case .callsPerHour:
            // Where not all hours fit, the latest are wanted.
            return Statement(
                """
                SELECT * FROM (SELECT formatDateTime(at, '%Y-%m-%dT%H:00:00Z', 'UTC') AS hour, \
                count() AS calls, countIf(way = 'inbound') AS inbound, countIf(way = 'outbound') AS outbound, \
                avg(seconds) AS duration_s FROM (SELECT at, ifNull(direction, '') AS way, duration_s AS seconds \
                FROM calls FINAL WHERE \(range)) GROUP BY hour ORDER BY hour DESC LIMIT ?) ORDER BY hour
                """
            )
        case .resolution, .sentiment: return judgedByClickhouse(range)
        case .latency: return latencyByClickhouse(range)
        case .intents:
            return Statement(
                """
                SELECT ifNull(named, 'unknown') AS intent, count() AS times, uniqExact(call_id) AS calls, \
                avg(sure) AS confidence FROM (SELECT intent AS named, call_id, confidence AS sure FROM intents FINAL \
                WHERE \(range)) GROUP BY intent ORDER BY times DESC, intent LIMIT ?
                """
            )
        case .dispositions:
            return Statement(
                """
                SELECT ifNull(named, 'unknown') AS disposition, count() AS calls, \
                count() / (SELECT count() FROM calls FINAL WHERE \(range)) AS share, avg(seconds) AS duration_s \
                FROM (SELECT disposition AS named, duration_s AS seconds FROM calls FINAL WHERE \(range)) \
                GROUP BY disposition ORDER BY calls DESC, disposition LIMIT ?
                """,
                [.from, .to, .from, .to, .limit]
            )
        case .events:
            return Statement(
                """
                SELECT ifNull(about, 'unknown') AS topic, ifNull(origin, 'unknown') AS host, count() AS events \
                FROM (SELECT topic AS about, host AS origin FROM events FINAL WHERE \(range)) \
                GROUP BY topic, host ORDER BY events DESC, topic, host LIMIT ?
                """
            )
        }
    }

    /// What was said of a call last, after it or at its end. A call that nobody judged gets the empty text in the join.
    private func judgedByClickhouse(_ range: String) -> Statement {
        Statement(
            """
            SELECT if(judged != '', judged, ifNull(named, 'unknown')) AS \(rawValue), count() AS calls, \
            count() / (SELECT count() FROM calls FINAL WHERE \(range)) AS share \
            FROM (SELECT call_id, \(rawValue) AS named FROM calls FINAL WHERE \(range)) \
            ANY LEFT JOIN (SELECT call_id, argMax(word, latest) AS judged FROM (SELECT call_id, \
            assumeNotNull(\(rawValue)) AS word, concat(toString(at), event_id) AS latest FROM judgements FINAL \
            WHERE isNotNull(\(rawValue))) GROUP BY call_id) USING (call_id) \
            GROUP BY \(rawValue) ORDER BY calls DESC, \(rawValue) LIMIT ?
            """,
            [.from, .to, .from, .to, .limit]
        )
    }

    private func latencyByClickhouse(_ range: String) -> Statement {
        let parts = Table.latencyParts
        let names = parts.map { "'\($0)'" }.joined(separator: ", ")
        let numbers = parts.indices.map { String($0 + 1) }.joined(separator: ", ")
        let picks = Self.percentiles.map { "sorted[intDiv(n * \($0), 100) + 1] AS p\($0)_ms" }
        return Statement(
            """
            SELECT [\(names)][number] AS part, n AS turns, \(picks.joined(separator: ", ")) FROM (SELECT number, \
            count() AS n, arraySort(groupArray(assumeNotNull(ms))) AS sorted FROM (SELECT number, ms FROM (SELECT \
            [\(parts.joined(separator: ", "))] AS each FROM turns FINAL WHERE \(range)) \
            ARRAY JOIN each AS ms, [\(numbers)] AS number) WHERE isNotNull(ms) GROUP BY number) ORDER BY number LIMIT ?
            """
        )
    }
}
