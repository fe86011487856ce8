import JSONKit
import PluginHost
import Testing

/// What the answers of a HubSpot that is not well mean for a record.
@Suite struct CrmHubspotFailureTests {
    private let server = HubSpotServer()
    private let crm: CrmBench

    init() throws {
        crm = try CrmBench("crm-hubspot")
        crm.bench.secret("hubspot_token", "pat-test")
    }

    private func load(_ more: JSONObject = [:]) throws {
        var config: JSONObject = ["base_url": .string(server.url)]
        for (name, value) in more { config[name] = value }
        try crm.load(config)
    }

    struct Refusal: Sendable {
        let status: Int
        let category: String
        let code: PluginFailure.Code
        let isRetryable: Bool
        let words: String
    }

    @Test(arguments: [
        Refusal(status: 400, category: "VALIDATION_ERROR", code: .invalid, isRetryable: false, words: "HTTP 400"),
        Refusal(
            status: 401,
            category: "EXPIRED",
            code: .refused,
            isRetryable: false,
            words: "token_secret: is hubspot_token"
        ),
        Refusal(
            status: 403,
            category: "MISSING_SCOPES",
            code: .refused,
            isRetryable: false,
            words: "scopes to read and write"
        ),
        Refusal(status: 405, category: "NOT_ALLOWED", code: .invalid, isRetryable: false, words: "HTTP 405"),
        Refusal(status: 302, category: "", code: .refused, isRetryable: false, words: "base_url must name the API"),
        Refusal(status: 409, category: "CONFLICT", code: .invalid, isRetryable: true, words: "HTTP 409"),
        Refusal(status: 423, category: "LOCKED", code: .unavailable, isRetryable: true, words: "HTTP 423"),
        Refusal(status: 477, category: "MIGRATION", code: .unavailable, isRetryable: true, words: "HTTP 477"),
        Refusal(status: 500, category: "", code: .unavailable, isRetryable: true, words: "HTTP 500"),
        Refusal(status: 503, category: "", code: .unavailable, isRetryable: true, words: "HTTP 503"),
    ])
    func `a status says whether the record, the setting or the hour is wrong`(refusal: Refusal) throws {
        try load()
        server.set { $0.answers = [HubSpotServer.error(refusal.status, refusal.category, "No, pat-test.")] }
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == refusal.code && failure.isRetryable == refusal.isRetryable)
        #expect(failure.message.hasPrefix("HubSpot: HTTP \(refusal.status): No, ***."))
        #expect(failure.message.contains(refusal.words), "\(failure.message)")
        // Once it is well, the same record is written.
        try crm.write(CrmBench.outcome())
        #expect(server.all("calls").count == 1)
    }

    @Test(
        arguments: [
            ("TEN_SECONDLY_ROLLING", [], 10), ("SECONDLY", [], 1), ("TEN_SECONDLY_ROLLING", ["retry-after: 4"], 4),
            ("", [], 10),
        ] as [(String, [String], Int)]
    )
    func `requests that came too fast wait as long as the limit lasts, or as Retry-After says`(
        policy: String,
        headers: [String],
        seconds: Int
    ) throws {
        try load()
        let json: JSON = [
            "status": "error", "message": "You have reached your limit.", "errorType": "RATE_LIMIT",
            "policyName": .string(policy),
        ]
        server.set { $0.answers = [HubSpotServer.reply(429, json, headers: headers)] }
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.isRetryable && failure.code == .unavailable && failure.retryAfter == .seconds(seconds))
        try crm.write(CrmBench.outcome())
    }

    @Test func `when the day's requests are used up nothing is asked for a while, and everybody is told why`() throws {
        try load()
        let json: JSON = [
            "status": "error", "message": "You have reached your daily limit.", "errorType": "RATE_LIMIT",
            "policyName": "DAILY",
        ]
        server.set { $0.answers = [HubSpotServer.reply(429, json)] }
        let first = try crm.failure(CrmBench.outcome("call_1"))
        let asked = server.requests.count
        let second = try crm.failure(CrmBench.outcome("call_2"))
        for failure in [first, second] {
            #expect(failure.isRetryable && failure.code == .unavailable && failure.message.contains("daily limit"))
            let wait = try #require(failure.retryAfter)
            #expect(wait > .zero && wait <= .seconds(3600))
            #expect(failure.message.contains("utc_offset_minutes"))
        }
        #expect(server.requests.count == asked)
    }

    @Test func `a page for people instead of JSON is named`() throws {
        try load()
        let page = ScriptedServer.Reply(headers: ["content-type: text/html"], steps: [.piece("<!doctype html><p>Hi")])
        server.set { $0.answers = [page] }
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == .malformed && failure.message.contains("no JSON, it begins \"<!doctype html>"))
        #expect(failure.message.contains("base_url"))
        server.set {
            $0.answers = [.init(status: 502, headers: ["content-type: text/html"], steps: [.piece("<html>")])]
        }
        #expect(try crm.failure(CrmBench.outcome()).code == .unavailable)
    }

    @Test(arguments: [
        ("contacts", "patchbay_score", "score_property"), ("contacts", "patchbay_phone", "phone_property"),
    ])
    func `a property that has vanished is named with its setting, and what needs it waits`(
        type: String,
        property: String,
        setting: String
    ) throws {
        server.change { $0.known[type]?.remove(property) }
        try load()
        let failure = try crm.failure(CrmBench.standing(80, "hot"))
        // Not about the record: it is not parked at once.
        #expect(failure.code == .refused && failure.message.contains("the property \(property) is not there"))
        #expect(failure.message.contains("(\(setting))"))
        server.change { $0.known[type]?.insert(property) }
        try crm.write(CrmBench.standing(80, "hot"))
    }

    @Test func `a property that is not unique is named, too`() throws {
        server.change { $0.unique.remove("patchbay_id") }
        try load()
        let failure = try crm.failure(CrmBench.outcome())
        #expect(
            failure.code == .refused
                && failure.message.contains("patchbay_id is not there, or not unique (id_property)")
        )
    }

    @Test func `several contacts with one number are for people to merge`() throws {
        let ids = (0..<2).map { _ in server.put("contacts", ["phone": "+4930123456"]) }
        try load()
        let failure = try crm.failure(CrmBench.outcome())
        #expect(!failure.isRetryable && failure.code == .invalid)
        #expect(failure.message.contains("several contacts have this number (\(ids.joined(separator: ", ")))"))
        #expect(server.all("calls").isEmpty)
        // As the error says.
        server.change { $0.objects["contacts"]?[ids[1]]?.properties["patchbay_phone"] = "+4930123456" }
        try crm.write(CrmBench.outcome())
        #expect(server.all("calls").first?.contacts.map(\.id) == [ids[1]])
    }

    @Test func `a port where nobody listens is tried again later, and the setting is named`() throws {
        try crm.load(["base_url": "http://127.0.0.1:9"])
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.isRetryable && failure.code == .unavailable)
        #expect(failure.message.hasPrefix("HubSpot: ") && failure.message.contains("base_url"))
    }

    @Test func `a HubSpot that says nothing is given up within total_ms`() throws {
        try load(["total_ms": 1000])
        server.set { $0.answers = [.init(steps: [.hang])] }
        let start = ContinuousClock.now
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.isRetryable && failure.code == .timeout && ContinuousClock.now - start < .seconds(5))
    }

    @Test(
        arguments: [
            (["id": "1", "type": "call.outcome", "at": "2026-11-23T10:00:00Z"], "data.call_id: "),
            (["id": "1", "type": "lead.updated", "at": "2026-11-23T10:00:00Z", "data": ["score": 1]], "data.phone: "),
            (["id": "1", "type": "lead.updated", "at": "2026-11-23T10:00:00Z", "data": [:]], "data: a lead's record"),
            (["id": "1", "type": "call.outcome", "at": "yesterday"], "at: "), (["type": "x", "at": "y"], "id: "),
        ] as [(JSON, String)]
    )
    func `a record that nobody could write is refused by the name of its member`(record: JSON, words: String) throws {
        try load()
        let failure = try crm.failure(record)
        #expect(
            !failure.isRetryable && failure.code == .invalid && failure.message.hasPrefix(words),
            "\(failure.message)"
        )
    }

    // MARK: Tokens

    @Test func `a secret that is missing is named`() throws {
        try load(["token_secret": "nowhere"])
        let failure = try crm.failure(CrmBench.outcome())
        #expect(
            failure.code == .refused && failure.message == "HubSpot: the secret nowhere is not there (token_secret)"
        )
        #expect(server.requests.isEmpty)
    }

    private func loadApp() throws {
        crm.bench.secret("hubspot_client_secret", "c/s")
        crm.bench.secret("refresh", "r+t")
        try load(["client_id": "app", "refresh_token_secret": "refresh"])
    }

    @Test func `an app's token is asked for once, and again when it is at its end`() throws {
        try loadApp()
        try crm.write(CrmBench.outcome("call_1"))
        try crm.write(CrmBench.outcome("call_2"))
        #expect(server.refreshes == 1)
        // Good for no longer than a request takes: each asks for its own.
        server.set { $0.tokenSeconds = 60 }
        try crm.bench.registry.unload("crm-hubspot", drain: .seconds(2))
        try loadApp()
        let asked = server.requests.count
        try crm.write(CrmBench.review("call_2"))
        #expect(server.refreshes == 3 && server.requests.count == asked + 4)
    }

    @Test func `a refused token of an app is no sign that it has ended`() throws {
        try loadApp()
        try crm.write(CrmBench.outcome("call_1"))
        server.set { $0.answers = [HubSpotServer.error(401, "EXPIRED_AUTHENTICATION", "This token is expired.")] }
        let failure = try crm.failure(CrmBench.outcome("call_2"))
        #expect(failure.code == .refused && failure.message.contains("refresh_token_secret") && server.refreshes == 1)
    }

    @Test func `a refresh token that is wrong is named, and never quoted`() throws {
        crm.bench.secret("hubspot_client_secret", "c/s")
        crm.bench.secret("refresh", "wr0ng")
        try load(["client_id": "app", "refresh_token_secret": "refresh"])
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == .refused && !failure.isRetryable && failure.message.contains("refresh_token_secret"))
        #expect(failure.message.contains("missing or invalid refresh token") && !failure.message.contains("wr0ng"))
    }

    @Test(
        arguments: [
            (["base_url": "api.example"], "base_url: must begin with https://"),
            (["refresh_token_secret": "r"], "client_id: is required"), (["nonsense": 1], "nonsense"),
        ] as [(JSONObject, String)]
    )
    func `a configuration that cannot work is refused when it is loaded`(config: JSONObject, words: String) throws {
        let error = #expect(throws: PluginError.self) { try crm.load(config) }
        #expect(error?.description.contains(words) == true)
    }
}
