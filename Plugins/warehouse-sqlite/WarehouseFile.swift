import CSQLite
import Glibc
import JSONKit
import PluginKit
import WarehouseKit
import WarehousePluginKit

/// One connection to the file. A commit is on the disk when it returns.
final class WarehouseFile: Sendable {
    private let path: String
    /// Unsafe: used by one worker at a time, under the plugin's lock.
    nonisolated(unsafe) private let handle: OpaquePointer
    /// The file that is open, whatever has become of its name.
    private let identity: (dev_t, ino_t)

    /// Another process that writes is waited for so long.
    private static let busyMilliseconds: Int32 = 5000

    /// Opens or makes the file, its tables and their missing columns.
    init(path: String) throws(PluginProblem) {
        self.path = path
        var handle: OpaquePointer?
        let mask = umask(0o077)
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let settings = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON"
        var code = sqlite3_open_v2(path, &handle, flags, nil)
        if code == SQLITE_OK { code = sqlite3_busy_timeout(handle, Self.busyMilliseconds) }
        if code == SQLITE_OK { code = sqlite3_exec(handle, settings, nil, nil, nil) }
        umask(mask)
        guard code == SQLITE_OK, let handle else {
            let problem = Self.problem(code, handle, "cannot open \(path)")
            sqlite3_close_v2(handle)
            throw problem
        }
        self.handle = handle
        identity = Self.identity(of: path) ?? (0, 0)
        try prepareTables()
    }

    deinit { sqlite3_close_v2(handle) }

    /// False once somebody has moved or removed the file: a new one is due.
    var isStillThere: Bool { Self.identity(of: path).map { $0 == identity } ?? false }

    private static func identity(of path: String) -> (dev_t, ino_t)? {
        var status = stat()
        return stat(path, &status) == 0 ? (status.st_dev, status.st_ino) : nil
    }

    // MARK: Tables

    /// Makes what is missing, and refuses tables of another shape.
    func prepareTables() throws(PluginProblem) {
        try transaction { () throws(PluginProblem) in
            for table in Table.all { try prepare(table) }
        }
    }

    private func prepare(_ table: Table) throws(PluginProblem) {
        let name = Dialect.sqlite.quoted(table.name)
        let kind = try SQLRows(handle, "SELECT type FROM sqlite_master WHERE name = ?", [.string(table.name)]).all()
        guard let kind = kind.first?[0].string else {
            let columns = table.definition(.sqlite) { Dialect.sqlite.type($0) }
            try execute("CREATE TABLE \(name) (\(columns)) WITHOUT ROWID")
            try execute("CREATE INDEX \(table.name)_by_at ON \(name) (\"at\")")
            for column in table.callColumns {
                try execute("CREATE INDEX \(table.name)_by_\(column) ON \(name) (\"\(column)\")")
            }
            return
        }
        try refusing { () throws(WarehouseError) in
            guard kind == "table" else { throw table.otherShape("is a \(kind)") }
        }
        let described = try SQLRows(
            handle,
            "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?)",
            [
                .string(table.name)
            ]
        ).all()
        let found = described.map {
            Table.Found(
                name: $0[0].string ?? "",
                type: $0[1].string ?? "",
                isDemanded: $0[2].int == 1 && $0[3].isNull
            )
        }
        let missing = try refusing { () throws(WarehouseError) in
            guard described.filter({ $0[4].int != 0 }).map({ $0[0].string }) == ["event_id"] else {
                throw table.otherShape("has not event_id as its only primary key")
            }
            return try table.missing(from: found, .sqlite)
        }
        for column in missing {
            try execute(
                "ALTER TABLE \(name) ADD COLUMN \(Dialect.sqlite.quoted(column.name)) \(Dialect.sqlite.type(column))"
            )
        }
    }

    private func refusing<Value>(_ body: () throws(WarehouseError) -> Value) throws(PluginProblem) -> Value {
        try PluginProblem.judging(path, body)
    }

    // MARK: Requests

    /// The whole batch or nothing of it; rows that stand there already are left as they are.
    func load(_ batch: Batch) throws(PluginProblem) {
        try transaction { () throws(PluginProblem) in
            for part in batch.parts {
                let columns = part.table.columns.map { Dialect.sqlite.quoted($0.name) }
                let marks = columns.map { _ in "?" }
                let insert = try SQLRows(
                    handle,
                    """
                    INSERT OR IGNORE INTO \(Dialect.sqlite.quoted(part.table.name)) \
                    (\(columns.joined(separator: ", "))) VALUES (\(marks.joined(separator: ", ")))
                    """
                )
                for row in part.rows { try insert.run(row) }
            }
        }
    }

    /// Rows as they are stored. `goesOn` is asked now and then whether there is time left.
    func rows(
        _ statement: Statement,
        _ columns: [Column],
        _ window: Window,
        while goesOn: @escaping () -> Bool
    ) throws(PluginProblem) -> [[JSON]] {
        let bound: [JSON] = statement.parameters.map {
            switch $0 {
            case .from: .string(window.from.description)
            case .to: .string(window.to.description)
            case .limit: .int(Int64(window.limit))
            }
        }
        let watch = Watch(goesOn)
        return try withExtendedLifetime(watch) { () throws(PluginProblem) in
            sqlite3_progress_handler(
                handle,
                10_000,
                { Unmanaged<Watch>.fromOpaque($0.unsafelyUnwrapped).takeUnretainedValue().goesOn() ? 0 : 1 },
                Unmanaged.passUnretained(watch).toOpaque()
            )
            defer { sqlite3_progress_handler(handle, 0, nil, nil) }
            return try SQLRows(handle, statement.sql, bound).all()
        }
    }

    private final class Watch {
        let goesOn: () -> Bool
        init(_ goesOn: @escaping () -> Bool) { self.goesOn = goesOn }
    }

    func erase(calls: [String]) throws(PluginProblem) -> Int {
        let list = JSON.array(calls.map { .string($0) }).description
        var erased = 0
        try transaction { () throws(PluginProblem) in
            for table in Table.all {
                let chosen = table.callColumns.map { "\"\($0)\" IN (SELECT value FROM json_each(?1))" }
                let sql = "DELETE FROM \(Dialect.sqlite.quoted(table.name)) WHERE \(chosen.joined(separator: " OR "))"
                try SQLRows(handle, sql).run([.string(list)])
                erased += Int(sqlite3_changes(handle))
            }
        }
        // What was deleted must not live on in the write-ahead log.
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased
    }

    // MARK: SQL

    private func execute(_ sql: String) throws(PluginProblem) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw Self.problem(code, handle, path) }
    }

    private func transaction(_ body: () throws(PluginProblem) -> Void) throws(PluginProblem) {
        try execute("BEGIN IMMEDIATE")
        do throws(PluginProblem) {
            try body()
            try execute("COMMIT")
        } catch {
            sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
            throw error
        }
    }

    /// Whether another try can help, by SQLite's code.
    static func problem(_ code: Int32, _ handle: OpaquePointer?, _ what: String) -> PluginProblem {
        let text = "\(what): \(handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory")"
        switch code & 0xFF {
        case SQLITE_INTERRUPT: return PluginProblem(.timeout, "\(what): took longer than query_ms", isRetryable: false)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return PluginProblem(
                .refused,
                "\(text); path must name a SQLite file, move this one away",
                isRetryable: false
            )
        case SQLITE_FULL, SQLITE_IOERR: return PluginProblem(.unavailable, "\(text); is there room on the disk?")
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM:
            return PluginProblem(.unavailable, "\(text); the folder of path must be there and writable")
        case SQLITE_BUSY, SQLITE_LOCKED: return PluginProblem(.unavailable, "\(text); another process is writing")
        case SQLITE_NOMEM, SQLITE_SCHEMA: return PluginProblem(.unavailable, text)
        // A table that was dropped under our hands is made with the next try.
        case SQLITE_ERROR: return PluginProblem(.unavailable, text)
        default: return PluginProblem(.fault, text)
        }
    }
}
