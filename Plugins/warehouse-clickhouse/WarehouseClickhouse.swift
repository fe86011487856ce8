import JSONKit
public import PluginAPI
import PluginKit
import Synchronization
import WarehouseKit
import WarehousePluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(WarehouseClickhouse.self) }

/// Tables in ClickHouse, over HTTP.
final class WarehouseClickhouse: Plugin, Warehouse {
    static let manifest = Manifest(
        name: "warehouse-clickhouse",
        kind: "warehouse",
        version: "1.0.0",
        blocks: true,
        schema: Settings.schema
    )

    private let server: Server
    private let settings: Settings
    /// What was found when the tables were looked at; nil: they have to be looked at.
    private let catalogue = Mutex<Catalogue?>(nil)

    /// Texts of so many identifiers fit into one statement.
    private static let callsAtOnce = 500

    init(host: Host, config: JSON) throws(PluginProblem) {
        settings = try Settings(config)
        server = Server(host, settings)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { WarehouseStream(self, sink) }

    func health() -> PluginProblem? {
        do throws(PluginProblem) {
            _ = try check()
            return nil
        } catch { return error }
    }

    func check() throws(PluginProblem) -> Int {
        let found = try Catalogue(server)
        catalogue.withLock { $0 = found }
        return Table.all.count
    }

    func load(_ batch: Batch) throws(PluginProblem) {
        for part in batch.parts {
            try withTables { catalogue throws(PluginProblem) in
                try server.insert(part, catalogue, token: "\(batch.id)/\(part.table.name)")
            }
        }
    }

    func answer(_ question: Question, _ window: Window) throws(PluginProblem) -> JSON {
        let rows = try withTables { catalogue throws(PluginProblem) in
            let (sql, parameters) = catalogue.version.bind(question.statement(.clickhouse), window)
            return try server.rows(sql, parameters: parameters)
        }
        return question.answer(rows)
    }

    func erase(calls: [String]) throws(PluginProblem) -> Int {
        var erased = 0
        for start in stride(from: 0, to: calls.count, by: Self.callsAtOnce) {
            let list = calls[start..<min(start + Self.callsAtOnce, calls.count)]
            for table in Table.all {
                erased += try withTables { _ throws(PluginProblem) in try server.erase(Array(list), from: table) }
            }
        }
        return erased
    }

    /// Runs `body`; a table or column that has gone meanwhile is made again, once.
    private func withTables<Value>(
        _ body: (Catalogue) throws(PluginProblem) -> Value
    ) throws(PluginProblem) -> Value {
        if let known = catalogue.withLock({ $0 }) {
            do throws(PluginProblem) {
                return try body(known)
            } catch {
                guard ServerProblem.isAboutTables(error) else { throw error }
            }
        }
        let found = try Catalogue(server)
        catalogue.withLock { $0 = found }
        return try body(found)
    }
}
