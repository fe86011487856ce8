import CPostgres
import Core
import Glibc

/// PostgreSQL, for several hosts on one database. Every wait for the server has a deadline; a connection that was lost is
/// made anew by the next use, not more often than once in a while, and until then everything fails at once with
/// `.unavailable`.
final class PostgresEngine: DatabaseEngine {
    struct Settings: Sendable {
        /// `postgresql://user@host:port/database`, without the password.
        var url: String
        /// Read for each connection.
        var password: @Sendable () -> String?
        /// The longest wait for the answer to one statement.
        var limit: Duration = .seconds(10)
    }

    private let settings: Settings
    private var connection: OpaquePointer?
    private var prepared: [String: String] = [:]
    private var locks: Set<String> = []
    private var nextTry = Moment.now()
    private var failures = 0
    private var lastProblem = ""

    /// Connects.
    /// - Throws: `.unavailable` with what is wrong and which setting to look at.
    init(_ settings: Settings) throws(StoreError) {
        self.settings = settings
        try connect()
    }

    deinit { PQfinish(connection) }

    var isShared: Bool { true }

    func close() {
        drop()
        (lastProblem, nextTry) = ("the store is closed", .now() + .seconds(86_400))
    }

    // MARK: The connection

    private func connect() throws(StoreError) {
        guard Moment.now() >= nextTry else { throw .unavailable(lastProblem) }
        // libpq's own options win over the address: they may not be in there.
        var names = ["dbname", "connect_timeout", "application_name", "client_encoding"]
        var values = [settings.url, "3", "patchbay", "UTF8"]
        if let password = settings.password() {
            names.append("password")
            values.append(password)
        }
        var keywords: [UnsafePointer<CChar>?] = names.map { UnsafePointer(strdup($0)) } + [nil]
        var texts: [UnsafePointer<CChar>?] = values.map { UnsafePointer(strdup($0)) } + [nil]
        let made = PQconnectdbParams(&keywords, &texts, 1)
        for text in keywords + texts { free(UnsafeMutablePointer(mutating: text)) }
        guard let made, PQstatus(made) == CONNECTION_OK else {
            let reason = made.map { Self.words(PQerrorMessage($0)) } ?? "out of memory"
            PQfinish(made)
            throw lose(Self.advice(reason))
        }
        PQsetnonblocking(made, 1)
        (connection, failures) = (made, 0)
        // A commit that is acknowledged is on the disk, whatever the server's default is; silence ends a forgotten lock.
        try run(
            "SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '60s'; SET bytea_output = 'hex'"
        )
    }

    private func connected() throws(StoreError) -> OpaquePointer {
        if let connection, PQstatus(connection) == CONNECTION_OK { return connection }
        drop()
        try connect()
        guard let connection else { throw .unavailable(lastProblem) }
        return connection
    }

    private func drop() {
        PQfinish(connection)
        connection = nil
        prepared = [:]
        locks = []
    }

    /// Notes a loss; the next try waits, full jitter on 100 ms times 2 to the n, 5 s at most.
    private func lose(_ problem: String) -> StoreError {
        drop()
        lastProblem = problem
        let ceiling = min(5000, 100 << min(failures, 10))
        failures += 1
        nextTry = .now() + .milliseconds(Int64.random(in: 50...Int64(ceiling)))
        return .unavailable(problem)
    }

    private static func advice(_ reason: String) -> String {
        let advice =
            if reason.contains("password") {
                "; check store.url's user and the secret that store.password_secret names"
            } else if reason.contains("does not exist") {
                "; create it, or correct store.url"
            } else {
                "; is store.url right, and the server up?"
            }
        return "postgresql: \(reason)\(advice)"
    }

    private static func words(_ text: UnsafePointer<CChar>?) -> String {
        guard let text else { return "" }
        return String(cString: text).split(separator: "\n").joined(separator: " ")
    }

    // MARK: Statements

    func execute(_ sql: String) throws(StoreError) {
        // Without a connection there is no transaction to end.
        if sql == "ROLLBACK", connection == nil { return }
        try run(sql)
    }

    func begin() throws(StoreError) { try run("BEGIN") }

    /// Old row versions are the server's to clear away.
    func scrub() {}

    func prepare(_ sql: String) throws(StoreError) -> any EngineStatement {
        PostgresStatement(self, sql)
    }

    private func run(_ sql: String) throws(StoreError) {
        let connection = try connected()
        let result = try exchange(connection) { PQsendQuery(connection, sql) }
        PQclear(result)
    }

    /// Runs a statement with its values; the caller clears the result.
    func query(_ sql: String, _ values: [PostgresValue]) throws(StoreError) -> OpaquePointer {
        let connection = try connected()
        let name = try preparedName(sql, connection)
        var pointers: [UnsafePointer<CChar>?] = []
        for value in values { pointers.append(value.copy()) }
        defer { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
        let lengths = values.map(\.length)
        let formats = values.map(\.format)
        return try exchange(connection) {
            PQsendQueryPrepared(connection, name, Int32(values.count), pointers, lengths, formats, 0)
        }
    }

    private func preparedName(_ sql: String, _ connection: OpaquePointer) throws(StoreError) -> String {
        if let name = prepared[sql] { return name }
        let name = "s\(prepared.count)"
        let text = PostgresSQL.numbered(sql)
        PQclear(try exchange(connection) { PQsendPrepare(connection, name, text, 0, nil) })
        prepared[sql] = name
        return name
    }

    /// Sends, and waits for the last result at most until the deadline.
    private func exchange(
        _ connection: OpaquePointer,
        _ send: () -> Int32
    ) throws(StoreError) -> OpaquePointer {
        let deadline = Moment.now() + settings.limit
        guard send() == 1 else { throw lose("postgresql: \(Self.words(PQerrorMessage(connection)))") }
        var last: OpaquePointer?
        while true {
            try awaitAnswer(connection, deadline, clearing: last)
            guard let result = PQgetResult(connection) else { break }
            // The first error counts, not what follows it.
            if let last, PQresultStatus(last) == PGRES_FATAL_ERROR {
                PQclear(result)
            } else {
                PQclear(last)
                last = result
            }
        }
        guard let last else { throw lose("postgresql: \(Self.words(PQerrorMessage(connection)))") }
        let status = PQresultStatus(last)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            let reason = Self.words(PQresultErrorMessage(last))
            let code = PQresultErrorField(last, 67).map { String(cString: $0) } ?? ""
            PQclear(last)
            throw refusal(code, reason, connection)
        }
        return last
    }

    private func awaitAnswer(
        _ connection: OpaquePointer,
        _ deadline: Moment,
        clearing last: OpaquePointer?
    ) throws(StoreError) {
        while true {
            let unsent = PQflush(connection)
            let isBroken = unsent < 0 || PQstatus(connection) != CONNECTION_OK
            guard !isBroken, Moment.now() < deadline else {
                let reason = isBroken ? Self.words(PQerrorMessage(connection)) : "no answer within \(settings.limit)"
                PQclear(last)
                throw lose("postgresql: \(reason)")
            }
            if unsent == 0, PQisBusy(connection) == 0 { return }
            let events = Int16(unsent > 0 ? POLLIN | POLLOUT : POLLIN)
            var file = pollfd(fd: PQsocket(connection), events: events, revents: 0)
            _ = poll(&file, 1, Int32(max(1, min((deadline - .now()).wholeMilliseconds, 1000))))
            if Int32(file.revents) & (POLLIN | POLLHUP | POLLERR) != 0, PQconsumeInput(connection) == 0 {
                let reason = Self.words(PQerrorMessage(connection))
                PQclear(last)
                throw lose("postgresql: \(reason)")
            }
        }
    }

    /// By SQLSTATE: classes 08, 53 and 57 are the server's trouble and pass; 25006 is a replica.
    private func refusal(_ code: String, _ reason: String, _ connection: OpaquePointer) -> StoreError {
        if PQstatus(connection) != CONNECTION_OK || code.hasPrefix("08") || code.hasPrefix("57P") {
            return lose("postgresql: \(reason)")
        }
        if code == "25006" { return .failed("postgresql: \(reason); store.url leads to a replica: name the primary") }
        if code == "53100" { return .failed("postgresql: \(reason); give the server's disk more room") }
        return .failed("postgresql: \(reason)")
    }

    // MARK: Tables and locks

    /// One host at a time: the others wait and find it done.
    func migrate(_ steps: [String]) throws(StoreError) {
        try run("SELECT pg_advisory_lock(\(PostgresSQL.migrationLock))")
        defer { try? run("SELECT pg_advisory_unlock(\(PostgresSQL.migrationLock))") }
        try make("CREATE TABLE IF NOT EXISTS store_version (version BIGINT NOT NULL)")
        let select = PostgresStatement(self, "SELECT coalesce(max(version), 0) FROM store_version")
        let version = try select.step() ? Int(select.int(0)) : 0
        guard version <= steps.count else {
            throw .failed("postgresql: the tables are of a newer Patchbay (\(version)); update this host")
        }
        for (index, step) in steps.enumerated() where index >= version {
            try make("BEGIN; \(PostgresSQL.tables(step)); INSERT INTO store_version VALUES (\(index + 1)); COMMIT")
        }
    }

    /// Runs what changes tables; nothing is changed where it fails.
    private func make(_ sql: String) throws(StoreError) {
        do throws(StoreError) { try run(sql) } catch .failed(let reason) {
            try? run("ROLLBACK")
            let advice = "name a database of its own in store.url, in which this user may create tables"
            throw .failed("\(reason); the tables cannot be made: \(advice)")
        }
    }

    func lock(_ name: String) throws(StoreError) -> Bool {
        if locks.contains(name), let connection, PQstatus(connection) == CONNECTION_OK { return true }
        let select = PostgresStatement(self, "SELECT pg_try_advisory_lock(hashtextextended(?, 0))::int")
        select.bind(1, "patchbay:\(name)")
        guard try select.step(), select.int(0) == 1 else { return false }
        locks.insert(name)
        return true
    }
}
