import Glibc
import JSONKit
import Synchronization

/// A server that speaks the part of Salesforce's REST API that the plugin uses, as the vendor documents it: tokens for
/// signed statements, records by external identifiers, queries. It judges every request; what it finds is in `complaints`.
final class SalesforceServer: @unchecked Sendable {
    // Unchecked: everything that changes is behind the lock.
    private(set) var http = ScriptedServer(.init(steps: []))
    private let state = Mutex(State())
    private let account: GoogleAccount

    /// What the server does to the next requests.
    struct Mood: Sendable {
        /// Answers to writes that are cut off after the write.
        var drops = 0
        /// Whole answers that are given instead of doing anything, except to those who ask for a token.
        var answers: [ScriptedServer.Reply] = []
        /// Answers to those who ask for a token.
        var logins: [ScriptedServer.Reply] = []
    }

    struct State {
        var mood = Mood()
        var records: [String: [String: JSONObject]] = ["Lead": [:], "Task": [:]]
        var last = 0
        var fields: [String: Set<String>] = [
            "Lead": [
                "Id", "IsConverted", "ConvertedContactId", "SystemModstamp", "Name", "LastName", "Company", "Phone",
                "MobilePhone", "Email", "Status", "LeadSource", "Rating", "Patchbay_Phone__c", "Patchbay_Score__c",
                "Patchbay_Stage__c", "Patchbay_Scored_At__c",
            ],
            "Task": [
                "Id", "WhoId", "Subject", "Status", "TaskSubtype", "CallType", "CallDurationInSeconds",
                "CallDisposition", "Description", "ActivityDate", "CallObject", "OwnerId", "Patchbay_Id__c",
                "Patchbay_Sentiment__c", "Patchbay_Resolution__c", "Patchbay_Summary__c",
            ],
        ]
        var external: Set<String> = ["Patchbay_Phone__c", "Patchbay_Id__c"]
        var required: Set<String> = ["LastName", "Company"]
        var tokens: Set<String> = []
        var logins = 0
        var complaints: [String] = []
        var requests: [String] = []
        var queries: [String] = []
    }

    /// Knows the public half of one key.
    init(_ account: GoogleAccount) {
        self.account = account
        http.stop()
        http = ScriptedServer { [unowned self] in answer($0) }
    }

    deinit { http.stop() }

    var url: String { "http://127.0.0.1:\(http.port)" }
    var complaints: [String] { state.withLock(\.complaints) }
    var requests: [String] { state.withLock(\.requests) }
    var queries: [String] { state.withLock(\.queries) }
    var logins: Int { state.withLock(\.logins) }

    func set(_ change: (inout Mood) -> Void) { state.withLock { change(&$0.mood) } }
    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    func all(_ type: String) -> [JSONObject] {
        state.withLock { state in (state.records[type] ?? [:]).sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Puts a record there beside the API.
    @discardableResult
    func put(_ type: String, _ fields: JSONObject) -> String { state.withLock { $0.add(type, fields) } }

    /// Tokens that were given are good no more, as after an administrator ended the sessions.
    func endSessions() { state.withLock { $0.tokens = [] } }

    static func error(_ status: Int, _ code: String, _ message: String, fields: [JSON] = []) -> ScriptedServer.Reply {
        reply(status, [["message": .string(message), "errorCode": .string(code), "fields": .array(fields)]])
    }

    static func reply(_ status: Int, _ json: JSON?, headers: [String] = []) -> ScriptedServer.Reply {
        .init(
            status: status,
            headers: ["content-type: application/json"] + headers,
            steps: json.map { [.piece($0.description)] } ?? []
        )
    }

    // MARK: Requests

    private func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
        state.withLock { state in
            let method = String(request.head.prefix { $0 != " " })
            state.requests.append("\(method) \(request.path)")
            if request.path == "/services/oauth2/token" { return login(request, &state) }
            guard state.tokens.contains(where: { request.head.contains("authorization: Bearer \($0)\r\n") }) else {
                return Self.error(401, "INVALID_SESSION_ID", "Session expired or invalid")
            }
            if !state.mood.answers.isEmpty { return state.mood.answers.removeFirst() }
            if !request.text.isEmpty, !request.head.lowercased().contains("content-type: application/json") {
                state.complaints.append("a body without its type")
            }
            let parts = request.path.split(separator: "?", maxSplits: 1).map(String.init)
            let names = parts[0].split(separator: "/").map { Percent.decode(String($0)) }
            let query = parts.count > 1 ? parts[1] : ""
            guard names.count >= 4, names[0...2] == ["services", "data", "v60.0"] else {
                return Self.error(404, "NOT_FOUND", "The requested resource does not exist")
            }
            if names[3] == "query" { return state.query(Percent.decode(String(query.dropFirst(2)))) }
            guard names[3] == "sobjects", names.count >= 6, state.records[names[4]] != nil else {
                return Self.error(404, "NOT_FOUND", "The requested resource does not exist")
            }
            let (type, key) = (names[4], names.count > 6 ? (names[5], names[6]) : ("Id", names[5]))
            switch method {
            case "GET": return state.read(type, key.0, key.1, query)
            case "PATCH": return state.write(type, key.0, key.1, request.body, isUpdateOnly: query == "updateOnly=true")
            default: return Self.error(405, "METHOD_NOT_ALLOWED", "HTTP Method '\(method)' not allowed")
            }
        }
    }

    // MARK: Tokens

    private func login(_ request: ScriptedServer.Request, _ state: inout State) -> ScriptedServer.Reply {
        if !state.mood.logins.isEmpty { return state.mood.logins.removeFirst() }
        var form: [String: String] = [:]
        for pair in request.text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { Percent.decode(String($0)) }
            form[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        let isForm = request.head.lowercased().contains("content-type: application/x-www-form-urlencoded")
        if !isForm { state.complaints.append("a form without its type") }
        let problem: String? =
            switch form["grant_type"] {
            case "urn:ietf:params:oauth:grant-type:jwt-bearer": assertionProblem(form["assertion"] ?? "")
            case "refresh_token":
                form["client_id"] == "key" && form["client_secret"] == "c/s" && form["refresh_token"] == "r+t"
                    ? nil : "expired access/refresh token"
            case "client_credentials":
                form["client_id"] == "key" && form["client_secret"] == "c/s" ? nil : "invalid client credentials"
            default: "grant type not supported"
            }
        if let problem {
            return Self.reply(400, ["error": "invalid_grant", "error_description": .string(problem)])
        }
        state.logins += 1
        let token = "00D!\(state.logins)"
        state.tokens.insert(token)
        return Self.reply(
            200,
            [
                "access_token": .string(token), "instance_url": .string(url), "token_type": "Bearer", "id": "x",
                "scope": "api",
            ]
        )
    }

    private func assertionProblem(_ assertion: String) -> String? {
        let parts = assertion.split(separator: ".").map(String.init)
        guard parts.count == 3 else { return "invalid assertion" }
        let json = parts.prefix(2).map { part in
            try? JSON(parsing: String(decoding: TestBase64.decode(part), as: UTF8.self))
        }
        guard json[0]?["alg"] == "RS256", account.hasSigned("\(parts[0]).\(parts[1])", TestBase64.decode(parts[2]))
        else {
            return "invalid assertion"
        }
        // The precise clock: `time` may lag behind the plugin's by a tick, into the second before.
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        let now = Int64(clock.tv_sec)
        let expires = json[1]?["exp"]?.int ?? 0
        guard json[1]?["iss"] == "key", json[1]?["sub"] == "robot@example.com" else {
            return "user hasn't approved this consumer"
        }
        guard json[1]?["aud"]?.string == url else { return "audience is invalid" }
        return now < expires && expires <= now + 180 ? nil : "invalid assertion"
    }
}
