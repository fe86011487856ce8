import CSQLite
import JSONKit
import PluginKit

/// One prepared statement, its values and its rows.
final class SQLRows {
    private let database: OpaquePointer
    private let statement: OpaquePointer
    private let sql: String

    init(_ database: OpaquePointer, _ sql: String, _ values: [JSON] = []) throws(PluginProblem) {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw WarehouseFile.problem(code, database, "SQLite") }
        (self.database, self.statement, self.sql) = (database, statement, sql)
        bind(values)
    }

    deinit { sqlite3_finalize(statement) }

    /// SQLite makes a copy of its own.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func bind(_ values: [JSON]) {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            switch value {
            case .int(let number): sqlite3_bind_int64(statement, place, number)
            case .double(let number): sqlite3_bind_double(statement, place, number)
            case .bool(let flag): sqlite3_bind_int64(statement, place, flag ? 1 : 0)
            case .string(let text): sqlite3_bind_text(statement, place, text, Int32(text.utf8.count), Self.transient)
            default: sqlite3_bind_null(statement, place)
            }
        }
    }

    /// Runs a statement that gives no rows.
    func run(_ values: [JSON]) throws(PluginProblem) {
        bind(values)
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard code == SQLITE_DONE || code == SQLITE_ROW else {
            throw WarehouseFile.problem(code, database, "SQLite")
        }
    }

    func all() throws(PluginProblem) -> [[JSON]] {
        defer { sqlite3_reset(statement) }
        var rows: [[JSON]] = []
        while true {
            let code = sqlite3_step(statement)
            guard code == SQLITE_ROW else {
                guard code == SQLITE_DONE else { throw WarehouseFile.problem(code, database, "SQLite") }
                return rows
            }
            rows.append((0..<sqlite3_column_count(statement)).map(cell))
        }
    }

    private func cell(_ column: Int32) -> JSON {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            let count = Int(sqlite3_column_bytes(statement, column))
            let bytes = UnsafeRawBufferPointer(start: sqlite3_column_text(statement, column), count: count)
            return .string(String(decoding: bytes, as: UTF8.self))
        default: return .null
        }
    }
}
