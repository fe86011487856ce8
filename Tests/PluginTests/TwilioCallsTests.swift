import Carrier
import Glibc
import JSONKit
import PluginHost
import Testing

/// Calls over the carrier's REST API: against a carrier to practise on, and against one that answers byte for byte what a
/// test wrote down.
@Suite struct TwilioCallsTests {
    private static let account = "AC00000000000000000000000000000001"
    private static let token = "0123456789abcdef0123456789abcdef"
    private let bench: PluginBench

    init() throws {
        bench = try PluginBench()
        bench.secret("twilio_auth_token", Self.token)
    }

    private static let call: JSON = [
        "op": "place", "attempt": "att_1", "to": "+15005550006", "from": "+15005550100",
        "voice_url": "https://voice.example.org/telephony/t/voice/att_1",
        "status_url": "https://voice.example.org/telephony/t/status/att_1",
        "detected_url": "https://voice.example.org/telephony/t/detected/att_1", "detects": "start",
        "rings_s": 20, "longest_s": 660,
    ]
    private static let find: JSON = ["op": "find", "to": "+15005550006", "since": "2026-11-25T19:48:08.500Z"]
    private static let end: JSON = ["op": "end", "carrier_call_id": "CA1"]

    private func load(_ port: Int, _ more: JSONObject = [:]) throws {
        var config: JSONObject = [
            "account_sid": .string(Self.account), "base_url": .string("http://127.0.0.1:\(port)"),
        ]
        for (name, value) in more { config[name] = value }
        try bench.load("telephony-twilio", config: .object(config))
    }

    /// The answers by item, each of which must be followed by its end.
    private func ask(_ questions: JSON..., seconds: Int = 8) throws -> [JSON] {
        let count = UInt64(questions.count)
        let emitted = try bench.run(
            "telephony-twilio",
            "patchbay.telephony.calls/1",
            seconds: seconds,
            until: { emitted in (1...count).allSatisfy { emitted.contains(.done($0)) } }
        ) { stream in
            for (item, question) in zip(UInt64(1)..., questions) {
                try stream.push(json: question, item: item)
                try stream.done(item: item)
            }
        }
        #expect(emitted.count == 2 * questions.count, "\(emitted)")
        return try (1...count).map { item in
            try #require(emitted.compactMap { if case .json(let json, item) = $0 { json } else { nil } }.first)
        }
    }

    private static func reply(_ status: Int, _ body: String, type: String = "application/json", _ headers: String...)
        -> ScriptedServer.Reply
    {
        ScriptedServer.Reply(status: status, headers: ["content-type: \(type)"] + headers, steps: [.piece(body)])
    }

    private func answer(_ reply: ScriptedServer.Reply, _ question: JSON = call, _ more: JSONObject = [:]) throws -> JSON
    {
        let server = ScriptedServer(reply)
        defer { server.stop() }
        try load(Int(server.port), more)
        let answer = try ask(question)[0]
        #expect(server.requests.count == 1, "the carrier is asked once")
        return answer
    }

    private static func problem(_ status: Int, _ code: Int, _ message: String = "No.") -> ScriptedServer.Reply {
        reply(
            status,
            #"{"code":\#(code),"message":"\#(message)","more_info":"https://x/\#(code)","status":\#(status)}"#
        )
    }

    // MARK: What is asked

    @Test func `a call is asked for with its addresses, every event, the detection beside it and both limits`() throws {
        let server = ScriptedServer(Self.reply(201, #"{"sid":"CA1","status":"queued"}"#))
        defer { server.stop() }
        try load(Int(server.port))
        #expect(try ask(Self.call) == [["carrier_call_id": "CA1", "status": "queued"]])
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST /2010-04-01/Accounts/\(Self.account)/Calls.json HTTP/1.1"))
        #expect(
            request.head.contains(
                "authorization: Basic \(TestBase64.encode(Array("\(Self.account):\(Self.token)".utf8)))"
            )
        )
        #expect(request.head.contains("connection: close"))
        let base = "https%3A%2F%2Fvoice.example.org%2Ftelephony%2Ft%2F"
        #expect(
            request.text.split(separator: "&").map(String.init) == [
                "To=%2B15005550006", "From=%2B15005550100", "Url=\(base)voice%2Fatt_1", "Method=POST",
                "StatusCallback=\(base)status%2Fatt_1", "StatusCallbackMethod=POST", "StatusCallbackEvent=initiated",
                "StatusCallbackEvent=ringing", "StatusCallbackEvent=answered", "StatusCallbackEvent=completed",
                "Timeout=20", "TimeLimit=660", "MachineDetection=Enable", "AsyncAmd=true",
                "AsyncAmdStatusCallback=\(base)detected%2Fatt_1", "AsyncAmdStatusCallbackMethod=POST",
            ]
        )
    }

    @Test func `without a wish nobody is detected, and it rings as configured`() throws {
        let server = ScriptedServer(Self.reply(201, #"{"sid":"CA1","status":"queued"}"#))
        defer { server.stop() }
        try load(Int(server.port), ["rings_s": 33])
        var call = Self.call.object ?? [:]
        for name in ["detects", "detected_url", "rings_s", "longest_s"] { call[name] = nil }
        _ = try ask(.object(call))
        let text = try #require(server.requests.first?.text)
        #expect(text.hasSuffix("&Timeout=33") && !text.contains("Machine") && !text.contains("Amd"))
    }

    @Test func `an API key signs in with its own secret`() throws {
        let key = "SK00000000000000000000000000000002"
        bench.secret("twilio_api_key_secret", "keysecret")
        let server = ScriptedServer(Self.reply(201, #"{"sid":"CA1","status":"queued"}"#))
        defer { server.stop() }
        try load(Int(server.port), ["api_key": .string(key)])
        _ = try ask(Self.call)
        let pair = TestBase64.encode(Array("\(key):keysecret".utf8))
        #expect(server.requests.first?.head.contains("Basic \(pair)") == true)
    }

    @Test(
        arguments: [
            (["to": "0049301234567"], "invalid", "E.164"), (["from": "me"], "refused", "E.164"),
            (["voice_url": "/voice"], "refused", "public_url"), (["status_url": ""], "refused", "status_url"),
        ] as [([String: String], String, String)]
    ) func `what cannot be a call is not asked for`(change: [String: String], verdict: String, text: String) throws {
        let server = ScriptedServer(Self.reply(201, #"{"sid":"CA1","status":"queued"}"#))
        defer { server.stop() }
        try load(Int(server.port))
        var call = Self.call.object ?? [:]
        for (name, value) in change { call[name] = .string(value) }
        let error = try ask(.object(call))[0]["error"]
        #expect(error?["verdict"]?.string == verdict && error?["message"]?.string?.contains(text) == true)
        #expect(server.requests.isEmpty)
    }

    @Test func `without an account or its secret nothing is asked, and the error names what is missing`() throws {
        try bench.load("telephony-twilio", config: ["base_url": "http://127.0.0.1:9"])
        #expect(try ask(Self.call)[0]["error"]?["message"]?.string?.contains("account_sid") == true)
        let other = try PluginBench()
        try other.load("telephony-twilio", config: ["account_sid": .string(Self.account)])
        let health = try #require(try other.registry.lease("telephony-twilio").health(within: .seconds(1)))
        #expect(health.message.contains("twilio_auth_token"))
    }

    @Test(arguments: [
        "http://api.twilio.com", "http://127.0.0.1.example.org", "ftp://x", "https://user@x", "https://x?a=b",
    ])
    func `credentials go nowhere in the clear but on this machine`(address: String) {
        #expect(throws: PluginError.self) { try bench.load("telephony-twilio", config: ["base_url": .string(address)]) }
    }

    // MARK: Answers to placing

    @Test(
        arguments: [
            (problem(400, 21211, "The 'To' number +15005550006 is not valid."), "invalid", "21211"),
            (problem(400, 21214), "invalid", ""), (problem(400, 21217), "invalid", ""),
            (problem(400, 13224), "invalid", ""),
            (problem(400, 21212), "refused", "caller id"), (problem(400, 21210), "refused", "caller id"),
            (problem(400, 21215), "barred", "geographic"), (problem(400, 21216), "barred", "geographic"),
            (problem(400, 21219), "barred", "verified"), (problem(400, 21205), "refused", "public_url"),
            (problem(401, 20003), "refused", "account_sid"), (reply(401, ""), "refused", "account_sid"),
            (problem(404, 20404), "refused", "base_url"),
            (reply(404, "<html>Not here</html>", type: "text/html"), "refused", "base_url"),
            (reply(403, "<html>", type: "text/html"), "refused", "403"),
            (reply(301, "", type: "text/html", "location: https://elsewhere"), "refused", "base_url"),
            (problem(429, 20429, "Too Many Requests"), "congested", "20429"),
            (reply(429, "<html>slow down</html>", type: "text/html"), "congested", "429"),
            (problem(500, 20500), "unknown", "20500"), (reply(503, "<html>", type: "text/html"), "unknown", "503"),
            (reply(502, ""), "unknown", "502"), (reply(408, "{}"), "unknown", "408"),
            (reply(303, ""), "unknown", "303"),
            (reply(201, "<html>ok</html>", type: "text/html"), "unknown", "which call"),
            (reply(201, #"{"status":"queued"}"#), "unknown", "which call"),
            (reply(201, #"{"sid":"CA1","sta"#), "unknown", "which call"), (reply(201, "[]"), "unknown", "which call"),
            (reply(200, ""), "unknown", "which call"),
        ] as [(ScriptedServer.Reply, String, String)]
    ) func `an answer says no more than it proves`(reply: ScriptedServer.Reply, verdict: String, text: String) throws {
        let answer = try answer(reply)
        let error = try #require(answer["error"], "\(answer)")
        let message = try #require(error["message"]?.string)
        #expect(error["verdict"]?.string == verdict, "\(message)")
        #expect(message.contains(text) && !message.contains("15005550006") && !message.contains(Self.token))
    }

    @Test func `a carrier that is busy is asked again when it says, else in a second`() throws {
        let server = ScriptedServer { request in
            let body = #"{"code":20429,"message":"Too Many Requests","status":429}"#
            return request.text.contains("5550007") ? Self.reply(429, body, "retry-after: 7") : Self.reply(429, body)
        }
        defer { server.stop() }
        try load(Int(server.port))
        var call = Self.call.object ?? [:]
        call["to"] = "+15005550007"
        let answers = try ask(Self.call, .object(call))
        #expect(answers.map { $0["error"]?["retry_after_ms"] } == [1000, 7000])
    }

    @Test(arguments: [[.piece(#"{"sid":"CA1","#), .cut], [.cut], [.hang]] as [[ScriptedServer.Step]])
    func `an answer that breaks off or does not come proves nothing, and nobody asks twice`(
        steps: [ScriptedServer.Step]
    ) throws {
        let reply = ScriptedServer.Reply(status: 201, headers: ["content-type: application/json"], steps: steps)
        let answer = try answer(reply, Self.call, ["request_ms": 1000])
        #expect(answer["error"]?["verdict"] == "unknown", "\(answer)")
    }

    @Test func `a carrier that cannot be reached proves nothing either`() throws {
        try load(9)
        #expect(try ask(Self.call)[0]["error"]?["verdict"] == "unknown")
    }

    @Test func `an answer of more than a megabyte is not read`() throws {
        let piece = ScriptedServer.Step.piece(String(repeating: " ", count: 300_000))
        let reply = ScriptedServer.Reply(
            status: 201,
            headers: ["content-type: application/json"],
            steps: [piece, piece, piece, piece, .piece(#"{"sid":"CA1","status":"queued"}"#)]
        )
        #expect(try answer(reply)["error"]?["verdict"] == "unknown")
    }

    @Test func `a slow answer is waited for`() throws {
        let reply = ScriptedServer.Reply(
            status: 201,
            headers: ["content-type: application/json"],
            steps: [.pause(1200), .piece(#"{"sid":"CA1","#), .pause(300), .piece(#""status":"queued"}"#)]
        )
        #expect(try answer(reply)["carrier_call_id"] == "CA1")
    }

    @Test func `a server that drops a kept connection is not asked for a second call`() throws {
        let server = KeepingServer()
        defer { server.stop() }
        try load(Int(server.port))
        _ = try ask(["op": "find", "to": "+15005550006", "since": "2026-11-25T00:00:00Z"])
        #expect(try ask(Self.call)[0]["error"]?["verdict"] == "unknown")
        #expect(server.posts == 1)
    }

    // MARK: Ending

    @Test func `a call is ended by its name`() throws {
        let server = ScriptedServer(Self.reply(200, #"{"sid":"CA1","status":"completed"}"#))
        defer { server.stop() }
        try load(Int(server.port))
        #expect(try ask(Self.end) == [["carrier_call_id": "CA1", "status": "completed"]])
        #expect(server.requests.first?.path == "/2010-04-01/Accounts/\(Self.account)/Calls/CA1.json")
        #expect(server.requests.first?.text == "Status=completed")
    }

    @Test(arguments: [problem(404, 20404), problem(400, 21220)])
    func `ending what is over already is a success`(reply: ScriptedServer.Reply) throws {
        #expect(try answer(reply, Self.end) == ["carrier_call_id": "CA1", "status": "over"])
    }

    @Test func `a page that is not the carrier's proves no end`() throws {
        let answer = try answer(Self.reply(404, "<html>", type: "text/html"), Self.end)
        #expect(answer["error"]?["verdict"] == "refused")
    }

    // MARK: Finding

    private static func listed(_ sid: String, _ made: String, _ status: String = "completed") -> String {
        #"{"sid":"\#(sid)","status":"\#(status)","to":"+15005550006","from":"+15005550100","date_created":"\#(made)","duration":"12","answered_by":"human"}"#
    }

    @Test func `all pages are read, and what was made before is left out`() throws {
        let server = ScriptedServer { request in
            let isFirst = !request.path.contains("Page=1")
            let calls =
                isFirst
                ? Self.listed("CA3", "Wed, 25 Nov 2026 19:48:09 +0000", "queued")
                : Self.listed("CA2", "Wed, 25 Nov 2026 20:48:08 +0100") + ","
                    + Self.listed("CA1", "Wed, 25 Nov 2026 19:48:07 +0000")
            let next = isFirst ? #""/2010-04-01/Accounts/\#(Self.account)/Calls.json?To=x&Page=1""# : "null"
            return Self.reply(200, #"{"calls":[\#(calls)],"next_page_uri":\#(next)}"#)
        }
        defer { server.stop() }
        try load(Int(server.port))
        let answer = try ask(Self.find)[0]
        #expect(answer["complete"] == true)
        #expect(answer["calls"]?.array?.compactMap { $0["carrier_call_id"]?.string } == ["CA3", "CA2"])
        #expect(
            answer["calls"]?[1] == [
                "carrier_call_id": "CA2", "status": "completed", "to": "+15005550006", "from": "+15005550100",
                "at": "2026-11-25T19:48:08Z", "answered_by": "human", "duration_s": 12,
            ]
        )
        #expect(server.requests[0].path.hasSuffix("/Calls.json?PageSize=100&To=%2B15005550006"))
    }

    @Test func `a list without an end is given up, and says that it is not complete`() throws {
        let next = "/2010-04-01/Accounts/\(Self.account)/Calls.json?Page=2"
        let body = #"{"calls":[],"next_page_uri":"\#(next)"}"#
        let server = ScriptedServer(Self.reply(200, body))
        defer { server.stop() }
        try load(Int(server.port))
        #expect(try ask(Self.find)[0] == ["calls": [], "complete": false])
        #expect(server.requests.count == 20)
    }

    @Test(arguments: ["//evil.example.org/", "https://evil.example.org/", "evil"])
    func `credentials do not follow a page to another server`(next: String) throws {
        let answer = try answer(Self.reply(200, #"{"calls":[],"next_page_uri":"\#(next)"}"#), Self.find)
        #expect(answer == ["calls": [], "complete": false])
    }

    @Test(
        arguments: [
            reply(200, "<html>", type: "text/html"), reply(200, #"{"calls":{}}"#), reply(200, #"{"calls":[1]}"#),
            reply(200, #"{"calls":[{"sid":"CA1"}]}"#), reply(503, ""),
        ]
    ) func `a list that makes no sense proves nothing`(reply: ScriptedServer.Reply) throws {
        #expect(try answer(reply, Self.find)["error"]?["verdict"] == "unknown")
    }

    // MARK: The stream

    @Test func `several requests are under way at once, and a stream that is closed meanwhile is silent`() throws {
        let server = ScriptedServer(
            ScriptedServer.Reply(
                status: 201,
                headers: ["content-type: application/json"],
                steps: [.pause(300), .piece(#"{"sid":"CA1","status":"queued"}"#)]
            )
        )
        defer { server.stop() }
        try load(Int(server.port))
        #expect(try ask(Self.call, Self.end, Self.call).allSatisfy { $0["carrier_call_id"] == "CA1" })
        // Closed as soon as it was asked; the next stream works.
        for _ in 0..<5 {
            _ = try bench.run("telephony-twilio", "patchbay.telephony.calls/1", seconds: 0, until: { _ in false }) {
                try $0.push(json: Self.call, item: 1)
            }
        }
        #expect(try ask(Self.end)[0]["carrier_call_id"] == "CA1")
        for _ in 0..<100 where try bench.registry.lease("telephony-twilio").openStreams > 0 { usleep(10_000) }
        #expect(try bench.registry.lease("telephony-twilio").openStreams == 0)
    }

    // MARK: A carrier to practise on

    @Test func `a carrier to practise on is called, found and hung up on`() async throws {
        let carrier = try PracticeCarrier(port: 0, account: CarrierAccount(authToken: Self.token), speed: 100)
        defer { carrier.stop() }
        try load(carrier.port)
        var call = Self.call.object ?? [:]
        call["to"] = "+15005550004"
        let placed = try ask(.object(call))[0]
        let id = try #require(placed["carrier_call_id"])
        #expect(placed["status"] == "queued")
        let found = try ask(["op": "find", "to": "+15005550004", "since": "2020-01-01T00:00:00Z"])[0]
        #expect(found["calls"]?.array?.count == 1 && found["calls"]?[0]?["carrier_call_id"] == id)
        #expect(found["complete"] == true && found["calls"]?[0]?["at"]?.string?.hasSuffix("Z") == true)
        let ended = try ask(["op": "end", "carrier_call_id": id])[0]
        #expect(["canceled", "no-answer", "over"].contains(ended["status"]?.string), "\(ended)")
        #expect(try ask(["op": "end", "carrier_call_id": id])[0]["status"] == "over")
        call["to"] = "+15005550001"
        #expect(try ask(.object(call))[0]["error"]?["code"] == 21211)
    }

    @Test func `answers that a carrier to practise on loses are unknown, and the call is found`() async throws {
        let practice = try Practice(["faults": ["loses_answer": 1]])
        let carrier = try PracticeCarrier(
            port: 0,
            account: CarrierAccount(authToken: Self.token),
            practice: practice,
            speed: 10
        )
        defer { carrier.stop() }
        try load(carrier.port)
        #expect(try ask(Self.call)[0]["error"]?["verdict"] == "unknown")
        let found = try ask(["op": "find", "to": "+15005550006", "since": "2020-01-01T00:00:00Z"])[0]
        #expect(found["calls"]?.array?.count == 1)
    }
}
