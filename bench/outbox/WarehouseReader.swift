import CSQLite
import Staging

/// Reads the warehouse's tables as an analyst does.
struct WarehouseReader {
    let path: String

    /// Every review's row; rows that stand twice are duplicates.
    func ledger() throws -> Ledger {
        var ledger = Ledger()
        try rows(
            "SELECT event_id, json_extract(data, '$.number') FROM events WHERE topic = 'call.reviewed' ORDER BY position"
        ) {
            ledger.note($0, number: $1)
        }
        return ledger
    }

    func count() throws -> Int {
        var count = 0
        try rows("SELECT '', count(*) FROM events WHERE topic = 'call.reviewed'") { count = $1 }
        return count
    }

    private func rows(_ sql: String, _ body: (String, Int) -> Void) throws {
        var database: OpaquePointer?
        defer { sqlite3_close_v2(database) }
        var statement: OpaquePointer?
        guard sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, nil) == SQLITE_OK,
            sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK
        else { throw BenchFailure("\(path): \(String(cString: sqlite3_errmsg(database)))") }
        defer { sqlite3_finalize(statement) }
        while sqlite3_step(statement) == SQLITE_ROW {
            body(
                sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "",
                Int(sqlite3_column_int64(statement, 1))
            )
        }
    }
}
