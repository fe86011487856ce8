import CSQLite
import Carrier
import Core
import Glibc
import IO
import JSONKit

/// A loader as an operator runs it: a process of its own, with a warehouse file beside it.
final class LoaderBench {
    let folder: String
    private let configuration: JSONObject
    private var process: ChildProcess?

    /// `events` is the plugin that it takes events from, with its configuration; `change` may bend the rest.
    init(
        events: (name: String, config: JSONObject)? = nil,
        change: (inout JSONObject) -> Void = { _ in }
    ) throws {
        var template = Array("/tmp/patchbay-loader-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        let (name, config) = events ?? ("events-lines", ["folder": .string(folder)])
        var configuration: JSONObject = [
            "state": .string("\(folder)/state"), "secrets": .string("\(folder)/secrets"), "log": ["level": "info"],
            "plugins": [
                ["path": .string("\(TestHost.binaries)/lib\(name).so"), "config": .object(config)],
                [
                    "path": .string("\(TestHost.binaries)/libwarehouse-sqlite.so"),
                    "config": ["path": .string("\(folder)/warehouse.db")],
                ],
            ],
            "routes": ["events": [["plugin": .string(name)]], "warehouse": [["plugin": "warehouse-sqlite"]]],
            "deliveries": ["warehouse_from": "broker"],
        ]
        change(&configuration)
        self.configuration = configuration
        try write(JSON.object(configuration).pretty, "patchbay.json")
    }

    deinit {
        kill()
        _ = system("rm -rf '\(folder)'")
    }

    func start() throws {
        process = try ChildProcess(
            "\(TestHost.binaries)/patchbay",
            ["loader", "--config", "\(folder)/patchbay.json"],
            output: "\(folder)/output",
            joinsErrors: true
        )
    }

    /// The exit code of one that ends by itself.
    func exitCode() -> Int32? { process?.exitCode(within: 10) }

    func kill() { process?.kill() }

    func stop() { process?.stop() }

    var output: String { read("output") }

    // MARK: The broker of lines

    static func event(_ number: Int, _ data: JSON = ["text": "my front brake squeaks", "turn": 1]) -> JSON {
        [
            "id": .string("evt_\(number)"), "topic": "transcript.final", "key": .string("call_\(number % 40)"),
            "at": .string("2026-11-23T16:00:00.000Z"), "data": data, "position": .int(Int64(number)), "host": "desk-1",
        ]
    }

    func append(_ lines: [String]) throws {
        guard let file = fopen("\(folder)/events.jsonl", "a") else { throw TestHost.StartTimeout() }
        fputs(lines.map { $0 + "\n" }.joined(), file)
        fclose(file)
    }

    /// How many lines are done with.
    var next: Int { Int(read("next").prefix { $0 != " " }) ?? 0 }

    var parked: [JSON] { read("parked.jsonl").split(separator: "\n").compactMap { try? JSON(parsing: String($0)) } }

    // MARK: The warehouse

    /// How many rows a table has, and how many events those are of.
    func rows(_ table: String = "events") -> (count: Int, distinct: Int) {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        guard sqlite3_open_v2("\(folder)/warehouse.db", &database, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else {
            return (0, 0)
        }
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        let sql = "SELECT COUNT(*), COUNT(DISTINCT event_id) FROM \(table)"
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK,
            sqlite3_step(statement) == SQLITE_ROW
        else { return (0, 0) }
        return (Int(sqlite3_column_int64(statement, 0)), Int(sqlite3_column_int64(statement, 1)))
    }

    /// Which events have a row there.
    func ids(_ table: String) -> Set<String> {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        sqlite3_open_v2("\(folder)/warehouse.db", &database, SQLITE_OPEN_READONLY, nil)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        var ids: Set<String> = []
        guard sqlite3_prepare_v2(database, "SELECT event_id FROM \(table)", -1, &statement, nil) == SQLITE_OK else {
            return ids
        }
        while sqlite3_step(statement) == SQLITE_ROW {
            if let text = sqlite3_column_text(statement, 0) { ids.insert(String(cString: text)) }
        }
        return ids
    }

    /// Nobody else can write to the warehouse until it is opened.
    func lock() throws -> WarehouseLock { try WarehouseLock("\(folder)/warehouse.db") }

    // MARK: Files

    func write(_ text: String, _ name: String) throws {
        guard let file = fopen("\(folder)/\(name)", "w") else { throw TestHost.StartTimeout() }
        fputs(text, file)
        fclose(file)
    }

    private func read(_ name: String) -> String {
        guard let file = fopen("\(folder)/\(name)", "r") else { return "" }
        defer { fclose(file) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { text += piece[0..<count] }
        return String(decoding: text, as: UTF8.self)
    }
}
