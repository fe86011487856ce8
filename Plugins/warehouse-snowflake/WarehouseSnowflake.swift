import JSONKit
public import PluginAPI
import PluginKit
import Synchronization
import WarehouseKit
import WarehousePluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(WarehouseSnowflake.self) }

/// Tables in Snowflake, over its SQL API.
final class WarehouseSnowflake: Plugin, Warehouse {
    static let manifest = Manifest(
        name: "warehouse-snowflake",
        kind: "warehouse",
        version: "1.0.0",
        blocks: true,
        schema: Settings.schema
    )

    private let statements: Statements
    /// Whether the tables have been looked at.
    private let isPrepared = Mutex(false)

    init(host: Host, config: JSON) throws(PluginProblem) {
        statements = Statements(host, try Settings(config))
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { WarehouseStream(self, sink) }

    func health() -> PluginProblem? {
        do throws(PluginProblem) {
            _ = try check()
            return nil
        } catch { return error }
    }

    func check() throws(PluginProblem) -> Int {
        try Tables.prepare(statements)
        isPrepared.withLock { $0 = true }
        return Table.all.count
    }

    func load(_ batch: Batch) throws(PluginProblem) {
        for part in batch.parts {
            for rows in Merge.portions(of: part) {
                _ = try withTables { () throws(PluginProblem) in
                    try statements.run(Merge.statement(part.table), [.text(rows)])
                }
            }
        }
    }

    func answer(_ question: Question, _ window: Window) throws(PluginProblem) -> JSON {
        let statement = question.statement(.snowflake)
        let values: [Binding] = statement.parameters.map {
            switch $0 {
            case .from: .text(window.from.spaced)
            case .to: .text(window.to.spaced)
            case .limit: .number(window.limit)
            }
        }
        return question.answer(
            try withTables { () throws(PluginProblem) in try statements.run(statement.sql, values) }
        )
    }

    func erase(calls: [String]) throws(PluginProblem) -> Int {
        let list = JSON.array(calls.map { .string($0) }).description
        var erased = 0
        for table in Table.all {
            let chosen = table.callColumns.map {
                "\(Dialect.snowflake.quoted($0)) IN (SELECT value::VARCHAR FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))))"
            }
            let sql =
                "DELETE FROM \(Dialect.snowflake.quoted(table.name)) WHERE \(chosen.joined(separator: " OR "))"
            let rows = try withTables { () throws(PluginProblem) in
                try statements.run(sql, chosen.map { _ in .text(list) })
            }
            erased += Int(ColumnType.integer.read(rows.first?.first ?? 0).int ?? 0)
        }
        return erased
    }

    /// Runs `body`; a table or column that has gone meanwhile is made again, once.
    private func withTables<Value>(_ body: () throws(PluginProblem) -> Value) throws(PluginProblem) -> Value {
        if isPrepared.withLock({ $0 }) {
            do throws(PluginProblem) { return try body() } catch {
                guard StatementProblem.isAboutTables(error) else { throw error }
                isPrepared.withLock { $0 = false }
            }
        }
        _ = try check()
        return try body()
    }
}
