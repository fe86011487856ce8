import CSQLite

/// One prepared statement. Values are bound by position from 1; texts are copied.
public struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let database: OpaquePointer

    public init(_ database: borrowing Database, _ sql: String) throws(StoreError) {
        var handle: OpaquePointer?
        guard
            sqlite3_prepare_v3(database.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil) == SQLITE_OK,
            let handle
        else { throw database.failure() }
        self.handle = handle
        self.database = database.handle
    }

    deinit { sqlite3_finalize(handle) }

    /// SQLite makes a copy of its own.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    public func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                _ = sqlite3_bind_text(
                    handle,
                    index,
                    $0.baseAddress ?? UnsafePointer(bitPattern: 1),
                    Int32($0.count),
                    Self.transient
                )
            }
        }
    }

    public func bind(_ index: Int32, _ number: Int64) { sqlite3_bind_int64(handle, index, number) }

    public func bind(_ index: Int32, _ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), Self.transient) }
    }

    /// True while there is a row.
    public func step() throws(StoreError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let reason = String(cString: sqlite3_errmsg(database))
            sqlite3_reset(handle)
            throw .failed(reason)
        }
    }

    /// Runs a statement that gives no rows, and makes it ready for the next values.
    public func run() throws(StoreError) {
        while try step() {}
        reset()
    }

    public func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    public func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    public func text(_ column: Int32) -> String {
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(
            decoding: UnsafeRawBufferPointer(start: sqlite3_column_text(handle, column), count: count),
            as: UTF8.self
        )
    }

    public func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, column))
        return Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, column), count: count))
    }

    /// The first column of the first row.
    public func int() throws(StoreError) -> Int64? {
        let value = try step() ? int(0) : nil
        reset()
        return value
    }
}
