import CSQLite
import Glibc

/// SQLite, embedded: one file, one host.
final class SQLiteEngine: DatabaseEngine {
    private let handle: OpaquePointer
    /// Statements that nobody uses now, by their text: preparing one takes longer than running it.
    private var idle: [String: OpaquePointer] = [:]
    private static let mostIdle = 256

    /// Nil: of the checkpointer's own connection.
    private var checkpointer: SQLiteCheckpointer?
    /// Pages of the log from which on it is brought in; and those with which the writer does it and waits, so that the log is
    /// never longer than 64 MB and what came since.
    private static let (checkpointAt, longestLog): (Int32, Int32) = (1000, 16_384)

    /// A longer file is not written anew while calls go on: half a second for each hundred megabytes, and room for a copy.
    private static let largestRewrite: Int64 = 256 << 20

    /// Opens or makes the file, in write-ahead mode with full durability: a commit is on the disk when it returns. What is
    /// deleted or overwritten is filled with zeros.
    convenience init(path: String) throws(StoreError) {
        try self.init(connectingTo: path)
        checkpointer = SQLiteCheckpointer(Database(try SQLiteEngine(connectingTo: path)))
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                if let context { Unmanaged<SQLiteEngine>.fromOpaque(context).takeUnretainedValue().grown(to: pages) }
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private init(connectingTo path: String) throws(StoreError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let settings =
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; "
            + "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-16000"
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

    deinit {
        close()
        for statement in idle.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    func close() {
        sqlite3_wal_hook(handle, nil, nil)
        checkpointer?.close()
        checkpointer = nil
    }

    /// Behind each commit, with the length of the log.
    private func grown(to pages: Int32) {
        if pages >= Self.longestLog {
            // What fails is done behind the next commit.
            _ = try? checkpointer?.alone { sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_FULL, nil, nil) }
        } else if pages >= Self.checkpointAt {
            checkpointer?.want()
        }
    }

    /// The state folder's lock sees to that.
    var isShared: Bool { false }

    func lock(_ name: String) -> Bool { true }

    func execute(_ sql: String) throws(StoreError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    func begin() throws(StoreError) { try execute("BEGIN IMMEDIATE") }

    func prepare(_ sql: String) throws(StoreError) -> any EngineStatement {
        if let statement = idle.removeValue(forKey: sql) { return SQLiteStatement(self, sql, statement) }
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        guard sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil) == SQLITE_OK, let statement else {
            throw failure()
        }
        return SQLiteStatement(self, sql, statement)
    }

    /// One that is done, without values and rows.
    func take(back statement: OpaquePointer, of sql: String) {
        guard idle.count < Self.mostIdle, idle[sql] == nil else {
            sqlite3_finalize(statement)
            return
        }
        idle[sql] = statement
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
        try checkpointer?.alone { () throws(StoreError) in
            let truncate = try prepare("PRAGMA wal_checkpoint(TRUNCATE)")
            guard try truncate.step(), truncate.int(0) == 0 else { throw .failed("the write-ahead log is in use") }
        }
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
