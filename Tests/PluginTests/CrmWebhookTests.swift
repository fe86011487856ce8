import CCrypto
import Glibc
import JSONKit
import PluginHost
import Testing

/// Against a server that checks each signature by itself.
@Suite struct CrmWebhookTests {
    private static let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let old = "whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWM="
    private let bench: PluginBench

    init() throws {
        bench = try PluginBench()
        bench.secret("crm_webhook", Self.secret)
    }

    /// What a receiver computes, written here once more.
    private static func signature(_ secret: String, _ id: String, _ timestamp: String, _ body: String) throws -> String
    {
        let key = TestBase64.decode(String(secret.dropFirst(6)))
        let message = Array("\(id).\(timestamp).\(body)".utf8)
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &length)
        return "v1,\(TestBase64.encode(digest))"
    }

    private func load(_ server: ScriptedServer, _ more: JSONObject = [:]) throws {
        var config: JSONObject = ["url": .string("http://127.0.0.1:\(server.port)/hooks")]
        for (member, value) in more { config[member] = value }
        try bench.load("crm-webhook", config: .object(config))
    }

    private static func json(_ status: Int, _ body: String = "{}", headers: [String] = []) -> ScriptedServer.Reply {
        ScriptedServer.Reply(
            status: status,
            headers: ["content-type: application/json"] + headers,
            steps: [.piece(body)]
        )
    }

    private static func record(_ id: String = "evt_1", data: JSON = ["call_id": "call_1", "disposition": "sale"])
        -> JSON
    {
        ["id": .string(id), "type": "call.outcome", "at": "2026-11-23T10:00:00.000Z", "data": data]
    }

    private func ask(_ request: JSON) throws -> [Emitted] {
        try bench.run("crm-webhook", "patchbay.crm/1", seconds: 10) { stream in
            try stream.push(json: request, item: 1)
            try stream.done(item: 1)
            try stream.end()
        }
    }

    private func failure(_ request: JSON = record()) throws -> PluginFailure {
        let failures = try ask(request).compactMap { if case .failed(let failure) = $0 { failure } else { nil } }
        return try #require(failures.first)
    }

    private func header(_ name: String, _ request: ScriptedServer.Request) -> String {
        for line in request.head.split(separator: "\r\n") where line.lowercased().hasPrefix(name + ":") {
            return String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }
        return ""
    }

    @Test func `the specification's vector is signed as it says`() throws {
        let body = #"{"type":"call.completed","timestamp":"2026-01-01T00:00:00Z","data":{"call_id":"c-1"}}"#
        let wanted = "v1,eunXVdoT1rYxdMhWkywl16a/Gs3tt30pmllO8qmOx1U="
        #expect(try Self.signature(Self.secret, "msg_0001", "1767225600", body) == wanted)
    }

    @Test func `a record is posted with its identifier, the time and a signature over the very bytes`() throws {
        let server = ScriptedServer(Self.json(200, #"{"reference":"case-7"}"#))
        try load(server)
        #expect(try ask(Self.record()).contains(.json(["reference": "case-7"], item: 1)))
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST /hooks ") && header("webhook-id", request) == "evt_1")
        #expect(request.body["type"] == "call.outcome" && request.body["timestamp"] == "2026-11-23T10:00:00.000Z")
        #expect(request.body["data"] == ["call_id": "call_1", "disposition": "sale"])
        let timestamp = header("webhook-timestamp", request)
        #expect(abs(try #require(Int(timestamp)) - time(nil)) < 5)
        #expect(
            header("webhook-signature", request) == (try Self.signature(Self.secret, "evt_1", timestamp, request.text))
        )
    }

    @Test func `while secrets are exchanged both sign`() throws {
        bench.secret("crm_webhook_old", Self.old)
        let server = ScriptedServer(Self.json(204, ""))
        try load(server, ["secrets": ["crm_webhook", "crm_webhook_old"]])
        #expect(try ask(Self.record()).contains(.json(["reference": "evt_1"], item: 1)))
        let request = try #require(server.requests.first)
        let timestamp = header("webhook-timestamp", request)
        let signatures = try [Self.secret, Self.old].map { try Self.signature($0, "evt_1", timestamp, request.text) }
        #expect(header("webhook-signature", request) == signatures.joined(separator: " "))
    }

    @Test(arguments: [
        (408, true, PluginFailure.Code.timeout, ""), (429, true, .unavailable, ""), (503, true, .unavailable, ""),
        (401, false, .refused, "secrets"), (404, false, .refused, "address"), (410, false, .refused, "wants no more"),
        (302, false, .refused, "redirects are not followed"), (400, false, .invalid, ""), (422, false, .invalid, ""),
    ])
    func `a status says whether the record, the address or the hour is wrong`(
        status: Int,
        isRetryable: Bool,
        code: PluginFailure.Code,
        words: String
    ) throws {
        let server = ScriptedServer(Self.json(status, #"{"message":"no"}"#))
        try load(server)
        let failure = try failure()
        #expect(failure.isRetryable == isRetryable && failure.code == code)
        #expect(failure.message.hasPrefix("url: HTTP \(status): no") && failure.message.contains(words))
        #expect(server.requests.count == 1)
    }

    @Test func `a receiver that asks for half an hour gets it`() throws {
        let server = ScriptedServer(Self.json(429, headers: ["retry-after: 1800"]))
        try load(server)
        #expect(try failure().retryAfter == .seconds(1800))
    }

    @Test func `a connection that is cut is tried again later`() throws {
        try load(ScriptedServer(ScriptedServer.Reply(steps: [.cut])))
        #expect(try failure().isRetryable)
    }

    @Test func `a port where nobody listens is tried again later`() throws {
        try bench.load("crm-webhook", config: ["url": "http://127.0.0.1:9/hooks"])
        let failure = try failure()
        #expect(failure.isRetryable && failure.code == .unavailable)
    }

    @Test func `a body beyond the bound goes without its transcript and says so`() throws {
        let server = ScriptedServer(Self.json(200))
        try load(server, ["max_bytes": 1024])
        let data: JSON = ["call_id": "call_1", "transcript": .string(String(repeating: "word ", count: 1000))]
        _ = try ask(Self.record(data: data))
        #expect(server.requests.first?.body["data"] == ["call_id": "call_1", "left_out": ["transcript"]])
    }

    @Test func `leads come page by page`() throws {
        bench.secret("leads", "open sesame")
        let server = ScriptedServer { request in
            Self.json(
                200,
                request.path.contains("cursor=")
                    ? #"{"leads":[]}"# : #"{"leads":[{"external_id":"7","phone":"+4930123456"}],"next":"a b&c"}"#
            )
        }
        let url = "http://127.0.0.1:\(server.port)/leads?list=new"
        try load(server, ["leads_url": .string(url), "leads_token_secret": "leads"])
        let first = try ask(["op": "leads", "cursor": "", "limit": 50])
        let page: JSON = ["leads": [["external_id": "7", "phone": "+4930123456"]], "next": "a b&c"]
        #expect(first.contains(.json(page, item: 1)))
        #expect(
            try ask(["op": "leads", "cursor": "a b&c", "limit": 50]).contains(
                .json(["leads": [], "next": ""], item: 1)
            )
        )
        #expect(
            server.requests.map(\.path) == ["/leads?list=new&limit=50", "/leads?list=new&limit=50&cursor=a%20b%26c"]
        )
        #expect(header("authorization", server.requests[0]) == "Bearer open sesame")
    }

    @Test(arguments: [
        ("<html>", "not JSON"), (#"{"items":[]}"#, "no list \"leads\""),
        (#"{"leads":[{"phone":"1"}]}"#, "leads[0] has no external_id"),
    ])
    func `a page of leads that is none is named`(body: String, words: String) throws {
        let server = ScriptedServer(Self.json(200, body))
        try load(server, ["leads_url": .string("http://127.0.0.1:\(server.port)/leads")])
        let failure = try failure(["op": "leads", "cursor": "", "limit": 5])
        #expect(failure.code == .malformed && failure.message.contains(words))
    }

    @Test func `a secret that is missing is named`() throws {
        try load(ScriptedServer(Self.json(200)), ["secrets": ["nowhere"]])
        #expect(try failure().message.contains("there is no secret nowhere"))
    }

    @Test func `a secret that is none is named, and never quoted`() throws {
        let server = ScriptedServer(Self.json(200))
        bench.secret("plain", "password1")
        try load(server, ["secrets": ["plain"]])
        let failure = try failure()
        #expect(failure.code == .refused && failure.message.contains("the secret plain is not whsec_"))
        #expect(!failure.message.contains("password1") && server.requests.isEmpty)
    }

    @Test func `an address that is none is refused when it is loaded`() throws {
        let error = #expect(throws: PluginError.self) {
            try bench.load("crm-webhook", config: ["url": "crm.example/x"])
        }
        #expect(error?.description.contains("url: must begin with http") == true)
    }
}
