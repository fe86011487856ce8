import JSONKit
import PluginKit
import WarehouseKit
import WarehousePluginKit

/// The server's version and its tables, after what was missing has been made.
struct Catalogue: Sendable {
    let version: Version
    /// Tables whose `at` is kept in whole seconds.
    private(set) var inSeconds: Set<String> = []

    init(_ server: Server) throws(PluginProblem) {
        version = Version(try server.rows("SELECT version()").first?.first?.string ?? "")
        let ours = Table.all.map { "'\($0.name)'" }.joined(separator: ", ")
        let tables = try server.rows(
            """
            SELECT name, engine, sorting_key FROM system.tables WHERE database = currentDatabase() AND name IN (\(ours))
            """
        )
        let columns = try server.rows(
            """
            SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN (\(ours))
            """
        )
        for table in Table.all {
            let described = tables.first { $0.first?.string == table.name }
            let found = columns.filter { $0.first?.string == table.name }.map {
                Table.Found(name: $0[1].string ?? "", type: $0[2].string ?? "", isDemanded: false)
            }
            if let described {
                try check(table, described.compactMap(\.string), found, server)
            } else {
                try make(table, server)
            }
            let time = found.first { $0.name == "at" }?.type ?? timeType
            if !time.hasPrefix("DateTime64") { inSeconds.insert(table.name) }
        }
    }

    private var timeType: String { version.hasMilliseconds ? "DateTime64(3, 'UTC')" : "DateTime('UTC')" }

    private func type(_ column: Column) -> String {
        column.type == .time ? timeType : Dialect.clickhouse.type(column)
    }

    private func make(_ table: Table, _ server: Server) throws(PluginProblem) {
        // A block that is sent again is then dropped at once; FINAL makes up for the rest.
        let window = version.hasDeduplicationWindow ? " SETTINGS non_replicated_deduplication_window = 1000" : ""
        _ = try server.run(
            """
            CREATE TABLE IF NOT EXISTS "\(table.name)" (\(table.definition(.clickhouse, type: type))) \
            ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(at) ORDER BY (at, event_id)\(window)
            """
        )
    }

    private func check(
        _ table: Table,
        _ described: [String],
        _ found: [Table.Found],
        _ server: Server
    ) throws(PluginProblem) {
        let missing = try PluginProblem.judging(server.name) { () throws(WarehouseError) in
            guard described.count == 3, described[1].hasSuffix("ReplacingMergeTree") else {
                throw table.otherShape("has the engine \(described.dropFirst().first ?? ""), not ReplacingMergeTree")
            }
            let key = described[2].split { ", ()".contains($0) }
            guard key.contains("event_id"), key.allSatisfy({ $0 == "event_id" || $0 == "at" }) else {
                throw table.otherShape("is ordered by \(described[2]), not by (at, event_id)")
            }
            return try table.missing(from: found, .clickhouse)
        }
        for column in missing {
            _ = try server.run(
                "ALTER TABLE \"\(table.name)\" ADD COLUMN \(Dialect.clickhouse.quoted(column.name)) \(type(column))"
            )
        }
    }
}
