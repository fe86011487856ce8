import CCrypto
import JSONKit
import PluginKit
import ProviderKit
import WarehousePluginKit

/// Statements over the SQL API. One statement has one identifier, however often it has to be sent: the service runs it
/// once. Functions block; any worker.
final class Statements: Sendable {
    private let host: Host
    private let settings: Settings
    private let token: KeyPairToken

    /// The service answers after 45 seconds at the latest: with the rows, or where to ask for them.
    private static let longestAnswer = 55_000
    private static let mostTries = 4
    private static let path = "/api/v2/statements"

    init(_ host: Host, _ settings: Settings) {
        (self.host, self.settings) = (host, settings)
        token = KeyPairToken(host, settings)
    }

    /// How errors call the service.
    var name: String { "Snowflake at \(settings.url)" }

    /// Runs a statement; returns its rows, whose cells are texts or null.
    func run(_ sql: String, _ values: [Binding] = []) throws(PluginProblem) -> [[JSON]] {
        let deadline = host.monotonicMicroseconds + UInt64(settings.totalMilliseconds) * 1000
        let identifier = Self.makeIdentifier()
        let body = Array(request(sql, values).description.utf8)
        var query = "?requestId=\(identifier)"
        var answer = try ask("POST", Self.path, body, deadline) { isAgain in
            if isAgain { query = "?requestId=\(identifier)&retry=true" }
            return query
        }
        let handle = try json(answer)["statementHandle"]?.string ?? ""
        var pause = Pause()
        while answer.status == 202 {
            guard !handle.isEmpty, handle.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }) else {
                throw PluginProblem(.malformed, "\(name): a statement that runs, without a handle")
            }
            guard host.monotonicMicroseconds < deadline else {
                cancel(handle)
                throw PluginProblem(.timeout, "\(name): the statement still runs after total_ms")
            }
            pause.wait()
            answer = try ask("GET", "\(Self.path)/\(handle)", [], deadline) { _ in "" }
        }
        return try rows(try json(answer), handle, deadline)
    }

    private func request(_ sql: String, _ values: [Binding]) -> JSON {
        var body: JSONObject = [
            "statement": .string(sql), "timeout": .int(Int64(max(1, settings.totalMilliseconds / 1000))),
            "database": .string(settings.database), "schema": .string(settings.schemaName),
            "warehouse": .string(settings.warehouse),
        ]
        if !settings.role.isEmpty { body["role"] = .string(settings.role) }
        if !values.isEmpty {
            let bindings = values.enumerated().map { ("\($0.offset + 1)", $0.element.json) }
            body["bindings"] = .object(JSONObject(bindings))
        }
        return .object(body)
    }

    private func rows(_ json: JSON, _ handle: String, _ deadline: UInt64) throws(PluginProblem) -> [[JSON]] {
        guard var rows = json["data"]?.array else {
            throw PluginProblem(.malformed, "\(name): an answer without data; is url that of the account?")
        }
        let partitions = json["resultSetMetaData"]?["partitionInfo"]?.array?.count ?? 1
        var next = 1
        while next < partitions {
            let part = try ask("GET", "\(Self.path)/\(handle)", [], deadline) { _ in "?partition=\(next)" }
            rows += try self.json(part)["data"]?.array ?? []
            next += 1
        }
        return rows.map { $0.array ?? [] }
    }

    /// What runs on without us costs money.
    private func cancel(_ handle: String) {
        let deadline = host.monotonicMicroseconds + 5_000_000
        _ = try? ask("POST", "\(Self.path)/\(handle)/cancel", Array("{}".utf8), deadline) { _ in "" }
    }

    // MARK: One request

    /// Asks until there is an answer, a few times at most: longer outages are for the host to wait out. `query` is asked for the part behind the path, and told whether
    /// the request is made again.
    private func ask(
        _ method: String,
        _ path: String,
        _ body: [UInt8],
        _ deadline: UInt64,
        _ query: (_ isAgain: Bool) -> String
    ) throws(PluginProblem) -> HTTPAnswer {
        var pause = Pause()
        var hasRenewed = false
        var tries = 0
        while true {
            let token = try token.token()
            let problem: PluginProblem
            do throws(PluginProblem) {
                let answer = try send(method, path + query(tries > 0), body, token, deadline)
                if answer.status == 200 || answer.status == 202 { return answer }
                if answer.status == 401, !hasRenewed {
                    // It may have grown old in a queue; a new one settles it.
                    hasRenewed = true
                    self.token.forget(token)
                    continue
                }
                problem = StatementProblem.make(answer, host, name).striking(out: token)
            } catch { problem = StatementProblem.unreachable(error, name, query: query(tries > 0)) }
            tries += 1
            let wait = UInt64(problem.retryAfterMilliseconds) * 1000
            guard StatementProblem.isPassing(problem), tries < Self.mostTries,
                host.monotonicMicroseconds + wait + 1_000_000 < deadline
            else {
                throw problem
            }
            if wait > 0 { Pause.wait(microseconds: wait) } else { pause.wait() }
        }
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: [UInt8],
        _ token: String,
        _ deadline: UInt64
    ) throws(PluginProblem) -> HTTPAnswer {
        let now = host.monotonicMicroseconds
        let left = deadline > now ? Int((deadline - now) / 1000) : 0
        var request = HTTPRequest(method, settings.url + path, body: body)
        request.headers = [
            ("authorization", "Bearer \(token)"), ("x-snowflake-authorization-token-type", "KEYPAIR_JWT"),
            ("accept", "application/json"), ("content-type", "application/json"), ("user-agent", "patchbay/1.0"),
        ]
        request.connectMilliseconds = settings.connectMilliseconds
        request.totalMilliseconds = max(1000, min(left, Self.longestAnswer))
        request.idleMilliseconds = request.totalMilliseconds
        var answer = try host.exchange(request)
        if answer.header("content-encoding") == "gzip" { answer.body = try Gunzip.expand(answer.body) }
        return answer
    }

    private func json(_ answer: HTTPAnswer) throws(PluginProblem) -> JSON {
        guard let json = answer.body.withUnsafeBytes({ bytes in try? JSON(parsing: bytes) }) else {
            throw PluginProblem(.malformed, "\(name): an answer that is no JSON; is url that of the account?")
        }
        return json
    }

    /// A random UUID (RFC 9562, version 4).
    private static func makeIdentifier() -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        RAND_bytes(&bytes, 16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef")
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(text[$0]) }.joined(separator: "-")
    }
}
