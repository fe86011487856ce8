import JSONKit
import PluginKit
import ProviderKit
import WarehouseKit
import WarehousePluginKit

/// Statements over the HTTP interface. Functions block; any worker.
final class Server: Sendable {
    private let host: Host
    private let settings: Settings

    init(_ host: Host, _ settings: Settings) { (self.host, self.settings) = (host, settings) }

    /// How errors call it.
    var name: String { "ClickHouse at \(settings.url)" }

    // MARK: Requests

    /// Rows of a statement that gives some.
    func rows(_ sql: String, parameters: [(String, String)] = []) throws(PluginProblem) -> [[JSON]] {
        let settings = parameters.map { ("param_\($0.0)", $0.1) }
        let answer = try run(sql + " FORMAT JSONCompact", settings: settings)
        let json = answer.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
        guard let rows = json?["data"]?.array else {
            throw PluginProblem(.malformed, "\(name): an answer that is no JSON; is url that of the HTTP interface?")
        }
        return rows.map { $0.array ?? [] }
    }

    /// Loads the rows of one table, in one block.
    func insert(_ part: Batch.Part, _ catalogue: Catalogue, token: String) throws(PluginProblem) {
        let columns = part.table.columns.map { Dialect.clickhouse.quoted($0.name) }.joined(separator: ", ")
        var settings: [(String, String)] = []
        if catalogue.version.hasTokens { settings.append(("insert_deduplication_token", token)) }
        if catalogue.version.hasAsynchronousInserts { settings.append(("async_insert", "0")) }
        let rows = RowLines(part, inSeconds: catalogue.inSeconds.contains(part.table.name))
        let answer = try run(
            "INSERT INTO \"\(part.table.name)\" (\(columns)) FORMAT JSONEachRow",
            settings: settings,
            rows: rows.bytes
        )
        // A failure after the answer's head was written is told in its body.
        guard answer.isEmpty else { throw ServerProblem.make(HTTPAnswer(status: 500, body: answer), host, name) }
    }

    /// Removes the rows of some calls and waits until they are gone; returns how many there were.
    func erase(_ calls: [String], from table: Table) throws(PluginProblem) -> Int {
        let list = calls.map { "'\(Self.escaped($0))'" }.joined(separator: ", ")
        // A condition that is neither true nor false would delete the row, too.
        let chosen = table.callColumns.map { "ifNull(\"\($0)\", '') IN (\(list))" }.joined(separator: " OR ")
        let counted = try rows("SELECT count() FROM \"\(table.name)\" FINAL WHERE \(chosen)")
        let count = counted.first?.first.flatMap { $0.int ?? $0.string.flatMap(Int64.init) } ?? 0
        // Doubles that FINAL hides have the same call.
        guard count > 0 else { return 0 }
        _ = try run("ALTER TABLE \"\(table.name)\" DELETE WHERE \(chosen)")
        let end = host.monotonicMicroseconds + UInt64(settings.totalMilliseconds) * 1000
        var pause = Pause()
        while host.monotonicMicroseconds < end {
            let waiting = try rows(
                """
                SELECT mutation_id FROM system.mutations WHERE database = currentDatabase() \
                AND table = '\(table.name)' AND is_done = 0
                """
            )
            if waiting.isEmpty { return Int(count) }
            pause.wait()
        }
        throw PluginProblem(
            .timeout,
            "\(name): the table \(table.name) is still being cleared after total_ms; see system.mutations"
        )
    }

    // MARK: One statement

    /// Runs a statement; returns the answer's body.
    func run(
        _ sql: String,
        settings extra: [(String, String)] = [],
        rows: [UInt8] = []
    ) throws(PluginProblem) -> [UInt8] {
        let fields = [("database", settings.database), ("wait_end_of_query", "1")] + extra
        let query = fields.map { "\($0.0)=\($0.1.percentEncoded())" }.joined(separator: "&")
        var request = HTTPRequest("POST", "\(settings.url)/?\(query)")
        request.headers = [("x-clickhouse-user", settings.user), ("content-type", "text/plain; charset=utf-8")]
        let password = try password()
        if !password.isEmpty { request.headers.append(("x-clickhouse-key", password)) }
        request.body = Array(sql.utf8) + (rows.isEmpty ? [] : [UInt8(ascii: "\n")] + rows)
        if settings.isCompressed, !rows.isEmpty {
            request.body = try Gzip.compress(request.body)
            request.headers.append(("content-encoding", "gzip"))
        }
        request.connectMilliseconds = settings.connectMilliseconds
        request.idleMilliseconds = settings.totalMilliseconds
        request.totalMilliseconds = settings.totalMilliseconds
        let answer: HTTPAnswer
        do throws(PluginProblem) { answer = try host.exchange(request) } catch {
            throw ServerProblem.unreachable(error, name, query: query)
        }
        guard answer.status == 200 else { throw ServerProblem.make(answer, host, name).striking(out: password) }
        return answer.body
    }

    private func password() throws(PluginProblem) -> String {
        guard !settings.passwordSecret.isEmpty else { return "" }
        guard let password = host.secret(settings.passwordSecret) else {
            throw PluginProblem(
                .refused,
                "\(name): the secret \(settings.passwordSecret) is not there (password_secret)"
            )
        }
        return password
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    }
}
