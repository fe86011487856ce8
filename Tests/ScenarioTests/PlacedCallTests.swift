import Carrier
import Console
import Glibc
import JSONKit
import Testing

/// Calls that the host places: the whole host on one side, a carrier to practise on on the other.
@Suite(.serialized) struct PlacedCallTests {
    private static let agent: JSON = [
        "name": "caller", "greeting": "Hello {lead.name|there}.", "recording": false,
        "voicemail": ["action": "leave_message", "message": "Please call us back."],
        "turn_taking": ["silence_prompt_s": 0, "silence_hangup_s": 6, "max_duration_s": 60],
        "stages": [["name": "talk", "disposition": "hung_up", "templates": ["default": "I see."]]],
    ]

    /// A host that places its calls with this carrier.
    private func host(_ carrier: PracticeCarrier) throws -> TestHost {
        let host = try TestHost { configuration in
            configuration["plugins"] = .array(
                (configuration["plugins"]?.array ?? []).map { plugin in
                    guard plugin["path"]?.string?.contains("telephony-twilio") == true else { return plugin }
                    var members = plugin.object ?? [:]
                    members["config"] = [
                        "account_sid": "AC00000000000000000000000000000001",
                        "base_url": .string("http://127.0.0.1:\(carrier.port)"),
                    ]
                    return .object(members)
                }
            )
        }
        try host.start()
        _ = try host.client().call("agent.put", ["document": Self.agent])
        return host
    }

    private func place(_ host: TestHost, _ to: String, id: String? = nil) throws -> String {
        var wish: JSONObject = [
            "to": .string(to), "agent": "caller", "caller_id": "+15005550100", "fields": ["name": "Ada"], "rings_s": 30,
        ]
        wish["request_id"] = id.map { .string($0) }
        return try host.client().call("call.place", .object(wish), seconds: 30)["attempt_id"]?.string ?? ""
    }

    /// The data of the attempt's events of a topic, once `isComplete` says that they are all there.
    private func wait(
        _ host: TestHost,
        _ attempt: String,
        _ topic: String,
        _ isComplete: ([JSON]) -> Bool = { !$0.isEmpty }
    ) throws -> [JSON] {
        var found: [JSON] = []
        for _ in 0..<600 {
            found = try host.events().filter { $0["topic"]?.string == topic }.compactMap { $0["data"] }
                .filter { $0["attempt_id"]?.string == attempt }
            if isComplete(found) { break }
            usleep(100_000)
        }
        return found
    }

    /// What the carrier has told at last.
    private func end(_ host: TestHost, _ attempt: String) throws -> JSON {
        let final: Set<String> = ["completed", "busy", "no-answer", "failed", "canceled"]
        let told = try wait(host, attempt, "call.status") { statuses in
            statuses.contains { final.contains($0["status"]?.string ?? "") }
        }
        return told.filter { $0["of"] == "call" }.max { $0["sequence"]?.int ?? -1 < $1["sequence"]?.int ?? -1 } ?? .null
    }

    @Test func `a call to each sort of person, and the log tells what became of it`() throws {
        let account = CarrierAccount(authToken: TestHost.token)
        let carrier = try PracticeCarrier(port: 0, account: account, seed: 7, speed: 10)
        defer { carrier.stop() }
        let host = try host(carrier)
        var attempts: [String: String] = [:]
        for number in 2...8 { attempts["+1500555000\(number)"] = try place(host, "+1500555000\(number)") }
        func attempt(_ number: Int) throws -> String { try #require(attempts["+1500555000\(number)"]) }
        let refused = #expect(throws: ConsoleFailure.self) { try place(host, "+15005550001") }
        #expect("\(refused.map { "\($0)" } ?? "")".contains("21211"))
        // What no lead could have is not tried.
        for number in ["+19005550123", "+1212"] {
            let none = #expect(throws: ConsoleFailure.self) { try place(host, number) }
            #expect("\(none.map { "\($0)" } ?? "")".contains("to: "), "\(number)")
        }

        let unreachable = try end(host, attempt(2))
        #expect(unreachable["status"] == "failed" && unreachable["sip_code"] == 404)
        #expect(try end(host, attempt(3))["status"] == "busy")
        let unanswered = try end(host, attempt(4))
        #expect(unanswered["status"] == "no-answer" && unanswered["sip_code"] == 487)

        #expect(try end(host, attempt(5))["status"] == "completed")
        let machine = try #require(try wait(host, attempt(5), "call.ended").first)
        #expect(machine["disposition"] == "message_left" && machine["answered_by"] == "beep", "\(machine)")

        #expect(try end(host, attempt(6))["status"] == "completed")
        let talk = try #require(try wait(host, attempt(6), "call.ended").first)
        #expect(talk["direction"] == "outbound" && talk["agent"] == "caller" && talk["answered_by"] == "human")
        #expect(talk["transcript"]?[0]?["text"] == "Hello Ada.", "\(talk)")
        #expect((0..<2000).contains(talk["greeted_ms"]?.double ?? -1), "\(talk)")
        #expect(try wait(host, attempt(6), "call.greeted").count == 1)

        #expect(try end(host, attempt(7))["status"] == "completed")
        let fax = try wait(host, attempt(8), "call.ended").first
        #expect(fax?["disposition"] == "fax", "\(fax ?? .null)")
        let verdicts = try wait(host, attempt(8), "call.status") { $0.contains { $0["of"] == "detection" } }
        #expect(verdicts.contains { $0["answered_by"] == "fax" })
    }

    @Test
    func `a call is placed once for one request, also by a host that was killed, which still knows whom it called`()
        throws
    {
        let account = CarrierAccount(authToken: TestHost.token)
        let practice = try Practice(["personas": [["name": "late", "kind": "talk", "weight": 1, "rings_s": 12]]])
        let carrier = try PracticeCarrier(port: 0, account: account, practice: practice)
        defer { carrier.stop() }
        let host = try host(carrier)
        let attempt = try place(host, "+15005550123", id: "request-0001")
        #expect(attempt == "hand_request-0001")
        host.kill()
        try host.start()
        let repeated = #expect(throws: ConsoleFailure.self) { try place(host, "+15005550123", id: "request-0001") }
        #expect("\(repeated.map { "\($0)" } ?? "")".contains("hand_request-0001"))
        let started = try #require(try wait(host, attempt, "call.started").first)
        #expect(started["agent"] == "caller" && started["to"] == "+15005550123")
        #expect(try wait(host, attempt, "call.greeted").count == 1)
        host.kill()
        try host.start()
        // What became of the call that died with its host is told with its attempt, too.
        #expect(try wait(host, attempt, "call.interrupted").count == 1)
    }

    @Test func `an answer that the carrier loses is told as unknown, and the call is held all the same`() throws {
        let account = CarrierAccount(authToken: TestHost.token)
        let practice = try Practice([
            "faults": ["loses_answer": 1], "personas": [["name": "a", "kind": "talk", "weight": 1]],
        ])
        let carrier = try PracticeCarrier(port: 0, account: account, practice: practice, speed: 20)
        defer { carrier.stop() }
        let host = try host(carrier)
        let unknown = #expect(throws: ConsoleFailure.self) { try place(host, "+15005550123", id: "request-0002") }
        #expect("\(unknown.map { "\($0)" } ?? "")".contains("hand_request-0002"))
        #expect(try wait(host, "hand_request-0002", "call.started").count == 1)
    }
}
