import JSONKit
import PluginHost
import Testing

/// What the answers of a Salesforce that is not well mean for a record.
@Suite struct CrmSalesforceFailureTests {
    private let server = SalesforceServer(.shared)
    private let crm: CrmBench

    init() throws {
        crm = try CrmBench("crm-salesforce")
        crm.bench.secret("salesforce_private_key", GoogleAccount.shared.pem)
    }

    private func load(_ more: JSONObject = [:]) throws {
        var config: JSONObject = [
            "login_url": .string(server.url), "consumer_key": "key", "username": "robot@example.com",
        ]
        for (name, value) in more { config[name] = value }
        try crm.load(config)
    }

    struct Refusal: Sendable {
        let status: Int
        let error: String
        let code: PluginFailure.Code
        let isRetryable: Bool
        let words: String
    }

    @Test(arguments: [
        Refusal(
            status: 400,
            error: "STRING_TOO_LONG",
            code: .invalid,
            isRetryable: false,
            words: "HTTP 400 STRING_TOO_LONG: No, ***"
        ),
        Refusal(
            status: 400,
            error: "DUPLICATES_DETECTED",
            code: .invalid,
            isRetryable: false,
            words: "Patchbay_Phone__c of the lead"
        ),
        Refusal(
            status: 400,
            error: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            code: .invalid,
            isRetryable: false,
            words: "stage_values"
        ),
        Refusal(status: 400, error: "DUPLICATE_VALUE", code: .invalid, isRetryable: true, words: "DUPLICATE_VALUE"),
        Refusal(
            status: 403,
            error: "API_DISABLED_FOR_ORG",
            code: .refused,
            isRetryable: false,
            words: "right to use the API"
        ),
        Refusal(status: 302, error: "", code: .refused, isRetryable: false, words: "login_url must name the org"),
        Refusal(status: 415, error: "UNSUPPORTED_MEDIA_TYPE", code: .invalid, isRetryable: false, words: "HTTP 415"),
        Refusal(status: 500, error: "UNKNOWN_EXCEPTION", code: .unavailable, isRetryable: true, words: "HTTP 500"),
        Refusal(status: 503, error: "SERVER_UNAVAILABLE", code: .unavailable, isRetryable: true, words: "HTTP 503"),
    ])
    func `an error says whether the record, the setting or the hour is wrong`(refusal: Refusal) throws {
        try load()
        server.set { $0.answers = [SalesforceServer.error(refusal.status, refusal.error, "No, 00D!1 it is not")] }
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == refusal.code && failure.isRetryable == refusal.isRetryable)
        #expect(
            failure.message.hasPrefix("Salesforce: ") && failure.message.contains(refusal.words),
            "\(failure.message)"
        )
        #expect(!failure.message.contains("00D!1"))
        // Once it is well, the same record is written.
        try crm.write(CrmBench.outcome())
        #expect(server.all("Task").count == 1)
    }

    @Test func `a row that another transaction holds is tried a few times, and then waits without stopping others`()
        throws
    {
        try load()
        let locked = SalesforceServer.error(
            400,
            "UNABLE_TO_LOCK_ROW",
            "unable to obtain exclusive access to this record"
        )
        server.set { $0.answers = [locked, locked] }
        try crm.write(CrmBench.outcome("call_1"))
        server.set { $0.answers = Array(repeating: locked, count: 4) }
        let failure = try crm.failure(CrmBench.outcome("call_2"))
        #expect(failure.isRetryable && failure.code == .invalid && failure.message.contains("UNABLE_TO_LOCK_ROW"))
        #expect(server.all("Task").count == 1)
        try crm.write(CrmBench.outcome("call_2"))
    }

    @Test func `when the org's requests are used up nothing is asked for a while, and everybody is told why`() throws {
        try load()
        let limit = SalesforceServer.error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        server.set { $0.answers = [limit] }
        let first = try crm.failure(CrmBench.outcome("call_1"))
        let asked = server.requests.count
        let second = try crm.failure(CrmBench.outcome("call_2"))
        for failure in [first, second] {
            #expect(failure.isRetryable && failure.code == .unavailable)
            #expect(failure.message.contains("TotalRequests Limit exceeded"))
            let wait = try #require(failure.retryAfter)
            #expect(wait > .seconds(3500) && wait <= .seconds(3600))
        }
        #expect(server.requests.count == asked)
    }

    @Test func `several leads with one number are for people to merge, and nothing is written`() throws {
        let ids = (0..<2).map { _ in server.put("Lead", ["Patchbay_Phone__c": "+4930123456"]) }
        try load()
        for record in [CrmBench.outcome(), CrmBench.standing(80, "hot")] {
            let failure = try crm.failure(record)
            #expect(!failure.isRetryable && failure.code == .invalid)
            #expect(failure.message.contains("several leads have this number in Patchbay_Phone__c"))
            for id in ids { #expect(failure.message.contains(id)) }
        }
        #expect(server.all("Task").isEmpty && server.all("Lead").allSatisfy { $0["Patchbay_Score__c"] == nil })
    }

    @Test(arguments: [
        ("Lead", "Patchbay_Phone__c", "lead_id_field"), ("Lead", "Patchbay_Score__c", "score_field"),
        ("Lead", "Patchbay_Scored_At__c", "scored_at_field"),
    ])
    func `a field that has vanished is named with its setting, and what needs it waits`(
        type: String,
        field: String,
        setting: String
    ) throws {
        server.put("Lead", ["Patchbay_Phone__c": "+4930123456"])
        server.change { $0.fields[type]?.remove(field) }
        try load()
        let failure = try crm.failure(CrmBench.standing(80, "hot"))
        #expect(failure.code == .refused && failure.message.contains("the field \(field) is not there"))
        #expect(failure.message.contains("(\(setting))"))
        server.change { $0.fields[type]?.insert(field) }
        try crm.write(CrmBench.standing(80, "hot"))
    }

    @Test func `a field of tasks that has vanished is no sign that the call is not there`() throws {
        server.change { $0.fields["Task"]?.remove("Patchbay_Id__c") }
        try load()
        for record in [CrmBench.review(), CrmBench.outcome()] {
            let failure = try crm.failure(record)
            #expect(failure.code == .refused && failure.message.contains("Patchbay_Id__c is not there"))
        }
        #expect(server.all("Task").isEmpty)
    }

    @Test func `fields that the org wants of every lead are named, and can be set`() throws {
        server.change { $0.required.insert("Rating") }
        try load()
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == .refused && failure.message.contains("set Rating in new_lead"))
        try crm.bench.registry.unload("crm-salesforce", drain: .seconds(2))
        try load(["new_lead": ["Rating": "Warm"]])
        try crm.write(CrmBench.outcome())
    }

    @Test func `a condition for leads that is wrong is named`() throws {
        try load(["leads_fields": ["Nonsense__c"]])
        let failure = try crm.failure(["op": "leads", "cursor": "", "limit": 5])
        #expect(failure.code == .refused && failure.message.contains("Nonsense__c is not there"))
        #expect(failure.message.contains("(leads_fields)"))
    }

    @Test func `a page for people instead of JSON is named`() throws {
        try load()
        let page = ScriptedServer.Reply(headers: ["content-type: text/html"], steps: [.piece("<html><p>Maintenance")])
        server.set { $0.answers = [page] }
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == .malformed && failure.message.contains("no JSON, it begins \"<html>"))
        #expect(failure.message.contains("login_url"))
        try crm.bench.registry.unload("crm-salesforce", drain: .seconds(2))
        try load()
        server.set { $0.logins = [page] }
        #expect(try crm.failure(CrmBench.outcome()).message.contains("login_url"))
    }

    // MARK: Tokens

    @Test func `a new token that is refused, too, says whose rights to look at`() throws {
        try load()
        let refusal = SalesforceServer.error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        server.set { $0.answers = [refusal, refusal] }
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == .refused && !failure.isRetryable && failure.message.contains("rights of username"))
        #expect(server.logins == 2)
    }

    @Test(
        arguments: [
            (["consumer_key": "other"], "user hasn't approved this consumer"),
            (["private_key_secret": "another"], "invalid assertion"),
        ] as [(JSONObject, String)]
    )
    func `a statement that Salesforce does not believe names the settings and the clock`(
        settings: JSONObject,
        words: String
    ) throws {
        crm.bench.secret("another", GoogleAccount().pem)
        try load(settings)
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == .refused && failure.message.contains("no token: HTTP 400 \(words)"))
        #expect(failure.message.contains("consumer_key, username, private_key_secret, login_url and the clock"))
    }

    @Test func `logins that are too many, or a login that is down, are tried again later`() throws {
        try load()
        let error: JSON = ["error": "invalid_grant", "error_description": "login rate exceeded"]
        server.set {
            $0.logins = [
                SalesforceServer.reply(400, error), SalesforceServer.reply(503, nil, headers: ["retry-after: 7"]),
            ]
        }
        #expect(try crm.failure(CrmBench.outcome()).isRetryable)
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.isRetryable && failure.retryAfter == .seconds(7))
    }

    @Test func `a key that is missing or none is named, and never quoted`() throws {
        crm.bench.secret("plain", "password1")
        try load(["private_key_secret": "plain"])
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.code == .refused && failure.message.contains("the secret plain is no RSA key"))
        #expect(!failure.message.contains("password1") && server.requests.isEmpty)
        try crm.bench.registry.unload("crm-salesforce", drain: .seconds(2))
        try load(["private_key_secret": "nowhere"])
        #expect(try crm.failure(CrmBench.outcome()).message.contains("nowhere is not there (private_key_secret)"))
    }

    @Test func `a port where nobody listens is tried again later, and the setting is named`() throws {
        try load(["login_url": "http://127.0.0.1:9"])
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.isRetryable && failure.code == .unavailable && failure.message.contains("(login_url)"))
    }

    @Test(
        arguments: [
            (["login_url": "login.example"], "login_url: must begin with https://"),
            (["username": ""], "username: is required"),
            (["grant": "password"], "grant"), (["api_version": "60"], "api_version"),
        ] as [(JSONObject, String)]
    )
    func `a configuration that cannot work is refused when it is loaded`(config: JSONObject, words: String) throws {
        let error = #expect(throws: PluginError.self) { try load(config) }
        #expect(error?.description.contains(words) == true)
    }
}
