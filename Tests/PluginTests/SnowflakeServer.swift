import CCrypto
import CZlib
import Glibc
import JSONKit
import Synchronization

/// A server that speaks the SQL API as the vendor documents it, on top of SQLite. It judges every request: token and its
/// signature, headers, names in the right case, values as texts, one for each question mark, and requests that are made
/// again. What it finds is in `complaints`.
final class SnowflakeServer: @unchecked Sendable {
    // Unchecked: everything that changes is behind the lock.
    private(set) var http = ScriptedServer(.init(steps: []))
    private let state = Mutex(State())
    private let account: GoogleAccount
    let fingerprint: String

    /// What the server does to the next requests.
    struct Mood {
        /// Answers that are cut off after the statement has been run.
        var drops = 0
        /// How often a statement is said to run still before its rows are there.
        var polls = 0
        /// Statuses that are answered instead of doing anything.
        var statuses: [Int] = []
        /// Rows in one part of an answer.
        var partition = 10_000
        var refusesTokens = 0
    }

    private struct State {
        var mood = Mood()
        var complaints: [String] = []
        var statements: [String] = []
        /// Answers by the identifier of their request, and by handle.
        var answers: [String: [[JSON]]] = [:]
        var polls: [String: Int] = [:]
        var tokens: Set<String> = []
        var cancelled = 0
        let tables = SnowflakeTables()
    }

    /// Knows the public half of one key.
    init(_ account: GoogleAccount) {
        self.account = account
        let lines = account.publicPEM.split(separator: "\n").filter { !$0.hasPrefix("-") }
        let der = TestBase64.decode(lines.joined())
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256(der, der.count, &digest)
        fingerprint = TestBase64.encode(digest)
        http.stop()
        http = ScriptedServer { [unowned self] in answer($0) }
    }

    deinit { http.stop() }

    var url: String { "http://127.0.0.1:\(http.port)" }
    var complaints: [String] { state.withLock(\.complaints) }
    /// Every statement that was run, in order.
    var statements: [String] { state.withLock(\.statements) }
    var tokens: Int { state.withLock(\.tokens.count) }
    var cancelled: Int { state.withLock(\.cancelled) }

    func set(_ change: (inout Mood) -> Void) { state.withLock { change(&$0.mood) } }

    /// Runs SQL of SQLite's beside the API.
    @discardableResult
    func sql(_ text: String) -> [[JSON]] { state.withLock { $0.tables.run(text) ?? [] } }

    // MARK: Requests

    private func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
        state.withLock { state in
            func reply(_ status: Int, _ json: JSON, more: [String] = []) -> ScriptedServer.Reply {
                .init(
                    status: status,
                    headers: ["content-type: application/json"] + more,
                    steps: [.piece(json.description)]
                )
            }
            func refusal(_ status: Int, _ code: String, _ state: String, _ text: String) -> ScriptedServer.Reply {
                reply(status, ["code": .string(code), "message": .string(text), "sqlState": .string(state)])
            }
            if let problem = headerProblem(request.head, &state) {
                return refusal(401, "390144", "", problem)
            }
            if state.mood.refusesTokens > 0 {
                state.mood.refusesTokens -= 1
                return refusal(401, "390144", "", "JWT token is invalid.")
            }
            if let status = state.mood.statuses.first {
                state.mood.statuses.removeFirst()
                let more = status == 429 ? ["retry-after: 0.05"] : []
                return reply(status, ["code": "000000", "message": "Not now."], more: more)
            }
            let path = request.path.split(separator: "?")[0]
            let query = request.path.split(separator: "?").dropFirst().first.map(String.init) ?? ""
            if request.head.hasPrefix("GET /api/v2/statements/") {
                return poll(String(path.split(separator: "/").last ?? ""), query, &state)
            }
            if path.hasSuffix("/cancel") {
                state.cancelled += 1
                return reply(200, [:])
            }
            guard path == "/api/v2/statements", request.head.hasPrefix("POST ") else {
                return refusal(404, "", "", "no such path \(path)")
            }
            let identifier = query.split(separator: "&").first { $0.hasPrefix("requestId=") }?.dropFirst(10) ?? ""
            let handle = "01b\(identifier)"
            if state.answers[handle] == nil {
                switch run(request.body, String(identifier), &state) {
                case .failure(let problem): return refusal(422, problem.code, problem.state, problem.text)
                case .success(let rows): state.answers[handle] = rows
                }
            } else if !query.contains("retry=true") {
                state.complaints.append("a request made again without retry=true")
            }
            if state.mood.drops > 0 {
                state.mood.drops -= 1
                return .init(status: 200, steps: [.cut])
            }
            if state.mood.polls > 0 {
                state.polls[handle] = state.mood.polls
                return running(handle)
            }
            return rows(handle, 0, state)
        }
    }

    private func running(_ handle: String) -> ScriptedServer.Reply {
        let json: JSON = [
            "code": "333334", "message": "Asynchronous execution in progress.", "statementHandle": .string(handle),
            "statementStatusUrl": .string("/api/v2/statements/\(handle)"),
        ]
        return .init(status: 202, headers: ["content-type: application/json"], steps: [.piece(json.description)])
    }

    private func poll(_ handle: String, _ query: String, _ state: inout State) -> ScriptedServer.Reply {
        if let left = state.polls[handle], left > 1 {
            state.polls[handle] = left - 1
            return running(handle)
        }
        return rows(handle, Int(query.dropFirst("partition=".count)) ?? 0, state)
    }

    /// One part of an answer; all but the first are compressed, as the service has it.
    private func rows(_ handle: String, _ number: Int, _ state: State) -> ScriptedServer.Reply {
        let all = state.answers[handle] ?? []
        let size = state.mood.partition
        let texts = all.map { row in
            JSON.array(row.map { $0.isNull || $0.string != nil ? $0 : .string($0.description) })
        }
        let parts = max(1, (all.count + size - 1) / size)
        let part = JSON.array(Array(texts.dropFirst(number * size).prefix(size)))
        guard number > 0 else {
            let json: JSON = [
                "resultSetMetaData": [
                    "numRows": .int(Int64(all.count)), "format": "jsonv2",
                    "partitionInfo": .array((0..<parts).map { _ in ["rowCount": 1] }),
                ],
                "data": part, "code": "090001", "statementHandle": .string(handle), "sqlState": "00000",
            ]
            return .init(headers: ["content-type: application/json"], steps: [.piece(json.description)])
        }
        let json: JSON = ["data": part]
        return .init(
            headers: ["content-type: application/json", "content-encoding: gzip"],
            steps: [.bytes(Self.compressed(Array(json.description.utf8)))]
        )
    }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        _ = czlib_gzip_begin(&stream)
        defer { deflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 256))
        input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
                _ = deflate(&stream, Z_FINISH)
            }
        }
        return Array(output.prefix(Int(stream.total_out)))
    }

    // MARK: Judging

    private func run(_ body: JSON, _ identifier: String, _ state: inout State) -> Result<
        [[JSON]], SnowflakeTables.Refused
    > {
        let statement = body["statement"]?.string ?? ""
        let bindings = body["bindings"]?.object ?? [:]
        var values: [String] = []
        for number in 0..<bindings.count {
            guard let value = bindings["\(number + 1)"], let text = value["value"]?.string,
                ["TEXT", "FIXED"].contains(value["type"]?.string ?? "")
            else {
                state.complaints.append("binding \(number + 1): must have a type, and a value that is a text")
                continue
            }
            values.append(text)
        }
        let marks = statement.filter { $0 == "?" }.count
        if marks != values.count { state.complaints.append("\(marks) question marks, \(values.count) values") }
        let uuid = identifier.split(separator: "-").map(\.count)
        if uuid != [8, 4, 4, 4, 12] { state.complaints.append("requestId \(identifier) is no UUID") }
        if body["timeout"]?.int == nil { state.complaints.append("no timeout") }
        for (name, wanted) in [
            ("database", "CALLS_DB"), ("schema", "PUBLIC"), ("warehouse", "LOAD_WH"), ("role", "LOADER"),
        ]
        where body[name]?.string != wanted {
            return .failure(.init(code: "002003", state: "02000", text: "\(name) does not exist or not authorized."))
        }
        state.statements.append(statement)
        return state.tables.perform(statement, values)
    }

    /// What is wrong with the headers, the token among them.
    private func headerProblem(_ head: String, _ state: inout State) -> String? {
        let lines = head.split(separator: "\r\n").dropFirst().map { $0.split(separator: ":", maxSplits: 1) }
        func header(_ name: String) -> String {
            lines.first { $0[0].lowercased() == name }?.last.map { String($0.drop { $0 == " " }) } ?? ""
        }
        if header("user-agent").isEmpty { state.complaints.append("no user agent") }
        if header("accept") != "application/json" { state.complaints.append("accept: \(header("accept"))") }
        if header("x-snowflake-authorization-token-type") != "KEYPAIR_JWT" { state.complaints.append("no token type") }
        let token = header("authorization").dropFirst("Bearer ".count)
        state.tokens.insert(String(token))
        let parts = token.split(separator: ".").map(String.init)
        guard parts.count == 3 else { return "no token" }
        let json = parts.prefix(2).map { part in
            try? JSON(parsing: String(decoding: TestBase64.decode(part), as: UTF8.self))
        }
        guard json[0] == ["alg": "RS256", "typ": "JWT"] else { return "the head of the token" }
        guard account.hasSigned("\(parts[0]).\(parts[1])", TestBase64.decode(parts[2])) else {
            return "JWT token is invalid."
        }
        let now = Int64(Glibc.time(nil))
        let (issued, expires) = (json[1]?["iat"]?.int ?? 0, json[1]?["exp"]?.int ?? 0)
        guard json[1]?["sub"]?.string == "MYORG-ACCT.LOADER_1",
            json[1]?["iss"]?.string == "MYORG-ACCT.LOADER_1.SHA256:\(fingerprint)", issued <= now, now < expires,
            expires - issued <= 3600
        else { return "the claims of the token" }
        return nil
    }
}
