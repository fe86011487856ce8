public import JSONKit

/// A ready-made question; docs/WAREHOUSE.md tells what the answers mean.
public enum Question: String, Sendable, CaseIterable {
    case callsPerHour = "calls_per_hour"
    case resolution, sentiment, latency, intents, dispositions, events

    /// The columns of the answer, the same whoever answers.
    public var columns: [Column] {
        switch self {
        case .callsPerHour:
            [
                Column("hour", .text), Column("calls", .integer), Column("inbound", .integer),
                Column("outbound", .integer), Column("duration_s", .real),
            ]
        case .resolution, .sentiment:
            [Column(rawValue, .text), Column("calls", .integer), Column("share", .real)]
        case .latency:
            [
                Column("part", .text), Column("turns", .integer), Column("p50_ms", .real), Column("p90_ms", .real),
                Column("p99_ms", .real),
            ]
        case .intents:
            [
                Column("intent", .text), Column("times", .integer), Column("calls", .integer),
                Column("confidence", .real),
            ]
        case .dispositions:
            [
                Column("disposition", .text), Column("calls", .integer), Column("share", .real),
                Column("duration_s", .real),
            ]
        case .events: [Column("topic", .text), Column("host", .text), Column("events", .integer)]
        }
    }

    /// The answer as the contract wants it, from rows as a server gave them.
    public func answer(_ rows: [[JSON]]) -> JSON {
        let columns = columns
        let read = rows.map { row in JSON.array(zip(columns, row).map { $0.type.read($1) }) }
        return ["columns": .array(columns.map { .string($0.name) }), "rows": .array(read)]
    }

    /// The question in a dialect.
    public func statement(_ dialect: Dialect) -> Statement {
        dialect == .clickhouse ? clickhouse : standard(dialect)
    }

    /// The percentiles asked for. The p-th of n values is the one at place floor(n p / 100) of the sorted ones, from 0.
    static let percentiles = [50, 90, 99]
}
