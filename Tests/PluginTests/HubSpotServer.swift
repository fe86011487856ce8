import Core
import JSONKit
import Synchronization

/// A server that speaks the part of HubSpot's API that the plugin uses, as the vendor documents it: objects with properties
/// that must exist, unique ones among them, associations, and a search whose index may lag behind. It judges every request;
/// what it finds is in `complaints`.
final class HubSpotServer: @unchecked Sendable {
    // Unchecked: everything that changes is behind the lock.
    private(set) var http = ScriptedServer(.init(steps: []))
    private let state = Mutex(State())

    struct Object: Sendable {
        var properties: [String: String]
        /// Contacts, with the type of the association.
        var contacts: [(id: String, type: Int64)] = []
        var isIndexed = true
    }

    /// What the server does to the next requests.
    struct Mood: Sendable {
        /// Answers to writes that are cut off after the write.
        var drops = 0
        /// Whole answers that are given instead of doing anything.
        var answers: [ScriptedServer.Reply] = []
        /// Whether the search knows of an object as soon as it is there.
        var isIndexing = true
        /// Seconds that a token is said to last.
        var tokenSeconds = 1800
    }

    struct State {
        var mood = Mood()
        var objects: [String: [String: Object]] = ["contacts": [:], "calls": [:], "notes": [:]]
        var last = 100
        var known: [String: Set<String>] = [
            "contacts": [
                "email", "firstname", "lastname", "phone", "mobilephone", "company", "lifecyclestage", "hs_lead_status",
                "lastmodifieddate", "hs_object_id", "patchbay_phone", "patchbay_score", "patchbay_stage",
                "patchbay_scored_at",
            ],
            "calls": [
                "hs_timestamp", "hs_call_title", "hs_call_body", "hs_call_direction", "hs_call_duration",
                "hs_call_from_number", "hs_call_to_number", "hs_call_status", "hs_call_disposition",
                "hs_call_recording_url", "hubspot_owner_id", "patchbay_id", "patchbay_sentiment", "patchbay_resolution",
                "patchbay_summary",
            ],
            "notes": ["hs_timestamp", "hs_note_body", "hubspot_owner_id", "patchbay_id"],
        ]
        var unique: Set<String> = ["email", "patchbay_phone", "patchbay_id"]
        var tokens: Set<String> = ["pat-test"]
        var refreshes = 0
        var complaints: [String] = []
        var requests: [String] = []
    }

    static let form = "grant_type=refresh_token&client_id=app&client_secret=c%2Fs&refresh_token=r%2Bt"

    init() {
        http.stop()
        http = ScriptedServer { [unowned self] request in state.withLock { Self.answer(request, &$0) } }
    }

    deinit { http.stop() }

    var url: String { "http://127.0.0.1:\(http.port)" }
    var complaints: [String] { state.withLock(\.complaints) }
    /// Method and path of everything that was asked.
    var requests: [String] { state.withLock(\.requests) }
    var refreshes: Int { state.withLock(\.refreshes) }

    func set(_ change: (inout Mood) -> Void) { state.withLock { change(&$0.mood) } }
    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    func all(_ type: String) -> [Object] {
        state.withLock { state in (state.objects[type] ?? [:]).sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Puts an object there beside the API.
    @discardableResult
    func put(_ type: String, _ properties: [String: String]) -> String {
        state.withLock { $0.add(type, properties, []) }
    }

    static func error(_ status: Int, _ category: String, _ message: String, _ more: JSONObject = [:])
        -> ScriptedServer.Reply
    {
        var json: JSONObject = [
            "status": "error", "message": .string(message), "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
            "category": .string(category),
        ]
        for (name, value) in more { json[name] = value }
        return reply(status, .object(json))
    }

    static func reply(_ status: Int, _ json: JSON, headers: [String] = []) -> ScriptedServer.Reply {
        .init(
            status: status,
            headers: ["content-type: application/json"] + headers,
            steps: [.piece(json.description)]
        )
    }

    // MARK: Requests

    private static func answer(_ request: ScriptedServer.Request, _ state: inout State) -> ScriptedServer.Reply {
        let method = String(request.head.prefix { $0 != " " })
        state.requests.append("\(method) \(request.path)")
        let parts = request.path.split(separator: "?", maxSplits: 1).map(String.init)
        let query = parts.count > 1 ? parts[1] : ""
        if parts[0] == "/oauth/v1/token" { return state.refresh(request) }
        let header = request.head.lowercased()
        guard state.tokens.contains(where: { request.head.contains("authorization: Bearer \($0)\r\n") }) else {
            return error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        }
        if !state.mood.answers.isEmpty { return state.mood.answers.removeFirst() }
        if !request.text.isEmpty, !header.contains("content-type: application/json") {
            state.complaints.append("a body without its type")
        }
        let names = parts[0].split(separator: "/").map(String.init)
        guard names.count >= 4, names[0...2] == ["crm", "v3", "objects"], state.objects[names[3]] != nil else {
            return error(404, "OBJECT_NOT_FOUND", "no such path")
        }
        let type = names[3]
        switch (method, names.count > 4 ? names[4] : "") {
        case ("POST", ""): return state.create(type, request.body)
        case ("POST", "search"): return state.search(type, request.body)
        case ("GET", let key): return state.read(type, Percent.decode(key), query)
        case ("PATCH", let id): return state.update(type, id, request.body)
        default: return error(405, "NOT_ALLOWED", "\(method) is not allowed")
        }
    }
}
