import CSQLite

/// A transaction that keeps everybody else from writing to a warehouse file.
final class WarehouseLock {
    private var database: OpaquePointer?

    struct NotTaken: Error {}

    init(_ path: String) throws {
        sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, nil)
        sqlite3_busy_timeout(database, 10_000)
        guard sqlite3_exec(database, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK else { throw NotTaken() }
    }

    deinit { open() }

    func open() {
        sqlite3_close(database)
        database = nil
    }
}
