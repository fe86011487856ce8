import CSQLite

/// One prepared statement of SQLite, lent by its engine.
final class SQLiteStatement: EngineStatement {
    private let engine: SQLiteEngine
    private let sql: String
    private let handle: OpaquePointer

    init(_ engine: SQLiteEngine, _ sql: String, _ handle: OpaquePointer) {
        (self.engine, self.sql, self.handle) = (engine, sql, handle)
    }

    deinit {
        reset()
        engine.take(back: handle, of: sql)
    }

    /// SQLite makes a copy of its own.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                let start = $0.baseAddress ?? UnsafePointer(bitPattern: 1)
                _ = sqlite3_bind_text(handle, index, start, Int32($0.count), Self.transient)
            }
        }
    }

    func bind(_ index: Int32, _ number: Int64) { sqlite3_bind_int64(handle, index, number) }

    func bind(_ index: Int32, _ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), Self.transient) }
    }

    func step() throws(StoreError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let reason = String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
            sqlite3_reset(handle)
            throw .failed(reason)
        }
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String {
        let count = Int(sqlite3_column_bytes(handle, column))
        let start = sqlite3_column_text(handle, column)
        return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, column))
        return Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, column), count: count))
    }
}
