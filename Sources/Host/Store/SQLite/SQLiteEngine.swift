import CSQLite
import Glibc

/// SQLite, embedded: one file, one host.
final class SQLiteEngine: DatabaseEngine {
    private let handle: OpaquePointer

    /// A longer file is not written anew while calls go on: half a second for each hundred megabytes, and room for a copy.
    private static let largestRewrite: Int64 = 256 << 20

    /// Opens or makes the file, in write-ahead mode with full durability: a commit is on the disk when it returns. What is
    /// deleted or overwritten is filled with zeros.
    init(path: String) throws(StoreError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let settings =
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON"
        var code = sqlite3_open_v2(path, &handle, flags, nil)
        if code == SQLITE_OK { code = sqlite3_busy_timeout(handle, 5000) }
        if code == SQLITE_OK { code = sqlite3_exec(handle, settings, nil, nil, nil) }
        guard code == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw .cannotOpen(path: path, reason: reason)
        }
        self.handle = handle
        chmod(path, 0o600)
    }

    deinit { sqlite3_close_v2(handle) }

    func close() {}

    /// The state folder's lock sees to that.
    var isShared: Bool { false }

    func lock(_ name: String) -> Bool { true }

    func execute(_ sql: String) throws(StoreError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    func begin() throws(StoreError) { try execute("BEGIN IMMEDIATE") }

    func prepare(_ sql: String) throws(StoreError) -> any EngineStatement {
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        guard sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil) == SQLITE_OK, let statement else {
            throw failure()
        }
        return SQLiteStatement(statement, of: handle)
    }

    /// Pages that were split keep remains that `secure_delete` does not reach (5 rows of 1,000 in a trial): the file is written
    /// anew. Then everything is in it, and the write-ahead log is empty.
    func scrub() throws(StoreError) {
        let size = try prepare("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        if try size.step(), size.int(0) <= Self.largestRewrite {
            size.reset()
            try execute("VACUUM")
        }
        size.reset()
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    func migrate(_ steps: [String]) throws(StoreError) {
        let select = try prepare("PRAGMA user_version")
        let version = try select.step() ? Int(select.int(0)) : 0
        select.reset()
        for (index, step) in steps.enumerated() where index >= version {
            try begin()
            do throws(StoreError) {
                try execute(step)
                try execute("PRAGMA user_version = \(index + 1); COMMIT")
            } catch {
                try? execute("ROLLBACK")
                throw error
            }
        }
    }

    /// What SQLite says of the last call.
    private func failure() -> StoreError { .failed(String(cString: sqlite3_errmsg(handle))) }
}
