import JSONKit
public import PluginAPI
import PluginKit
import Synchronization
import WarehouseKit
import WarehousePluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(WarehouseSqlite.self) }

/// Tables in one SQLite file: the warehouse that needs no server.
final class WarehouseSqlite: Plugin, Warehouse {
    static let manifest = Manifest(
        name: "warehouse-sqlite",
        kind: "warehouse",
        version: "1.0.0",
        blocks: true,
        schema: """
            {
              "type": "object",
              "additionalProperties": false,
              "required": ["path"],
              "properties": {
                "path": {
                  "type": "string", "minLength": 1,
                  "description": "The file; made if it is missing, readable by its owner only."
                },
                "query_ms": {
                  "type": "integer", "minimum": 1, "maximum": 600000, "default": 30000,
                  "description": "The longest that a question may take."
                }
              }
            }
            """
    )

    private let path: String
    private let queryMilliseconds: Int
    private let clock: Host
    /// Opened with the first request, and again after a failure that another connection may heal.
    private let file = Mutex<WarehouseFile?>(nil)

    init(host: Host, config: JSON) throws(PluginProblem) {
        path = config["path"]?.string ?? ""
        queryMilliseconds = Int(config["query_ms"]?.int ?? 30_000)
        clock = host
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { WarehouseStream(self, sink) }

    func health() -> PluginProblem? {
        do throws(PluginProblem) {
            _ = try check()
            return nil
        } catch { return error }
    }

    func load(_ batch: Batch) throws(PluginProblem) { try with { file throws(PluginProblem) in try file.load(batch) } }

    func answer(_ question: Question, _ window: Window) throws(PluginProblem) -> JSON {
        let (clock, end) = (clock, clock.monotonicMicroseconds + UInt64(queryMilliseconds) * 1000)
        return try with { file throws(PluginProblem) in
            question.answer(
                try file.rows(question.statement(.sqlite), question.columns, window) {
                    clock.monotonicMicroseconds < end
                }
            )
        }
    }

    func erase(calls: [String]) throws(PluginProblem) -> Int {
        try with { file throws(PluginProblem) in try file.erase(calls: calls) }
    }

    func check() throws(PluginProblem) -> Int {
        try with { file throws(PluginProblem) in
            try file.prepareTables()
            return Table.all.count
        }
    }

    private func with<Value: Sendable>(
        _ body: (WarehouseFile) throws(PluginProblem) -> Value
    ) throws(PluginProblem) -> Value {
        let result = file.withLock { file in
            Result { () throws(PluginProblem) in
                do throws(PluginProblem) {
                    if file?.isStillThere != true { file = try WarehouseFile(path: path) }
                    guard let file else { throw PluginProblem(.fault, "no file") }
                    return try body(file)
                } catch {
                    // Whatever it was, the next request begins with a look at the tables.
                    file = nil
                    throw error
                }
            }
        }
        return try result.get()
    }
}
