import CSQLite
import Glibc

/// One SQLite connection, used by one thread at a time.
public struct Database: ~Copyable {
    let handle: OpaquePointer

    /// Opens or makes the file, in write-ahead mode with full durability: a commit is on the disk when it returns.
    public init(path: String) throws(StoreError) { handle = try Self.open(path) }

    private static func open(_ path: String) throws(StoreError) -> OpaquePointer {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let settings = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"
        var code = sqlite3_open_v2(path, &handle, flags, nil)
        if code == SQLITE_OK { code = sqlite3_busy_timeout(handle, 5000) }
        if code == SQLITE_OK { code = sqlite3_exec(handle, settings, nil, nil, nil) }
        guard code == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw .cannotOpen(path: path, reason: reason)
        }
        chmod(path, 0o600)
        return handle
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements that give no rows.
    public func execute(_ sql: String) throws(StoreError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    /// Runs `body` as one transaction: all of it or nothing.
    public func transaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try execute("BEGIN IMMEDIATE")
        do {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Brings the tables up to date: each step runs once, in order, in a transaction of its own.
    public func migrate(_ steps: [String]) throws(StoreError) {
        let version = try Statement(self, "PRAGMA user_version").int() ?? 0
        for (index, step) in steps.enumerated() where index >= Int(version) {
            try transaction { () throws(StoreError) in
                try execute(step)
                try execute("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// What SQLite says of the last call.
    func failure() -> StoreError { .failed(String(cString: sqlite3_errmsg(handle))) }
}
