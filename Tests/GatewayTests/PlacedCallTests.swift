import Calls
import Carrier
import Core
import JSONKit
import Store
import Synchronization
import Testing

@testable import Gateway

/// What carriers tell and ask of calls that the host has had placed.
@Suite struct PlacedCallTests {
    private static let voice = "/telephony/twilio/voice/att_1"
    private static let status = "/telephony/twilio/status/att_1"
    private static let detected = "/telephony/twilio/detected/att_1"

    /// A desk at which one call was ordered; `change` may bend what is known of it.
    private func desk(
        _ placed: @escaping @Sendable (inout PlacedCall) -> Void = { _ in }
    ) throws -> Desk {
        let agent = try AgentDocument([
            "name": "caller", "greeting": "Hello {lead.name|there}.", "recording": false,
            "stages": [["name": "intro"]],
        ])
        return try Desk { services in
            services.placed = { attempt async throws(StoreError) in
                if attempt == "att_broken" { throw .unavailable("no answer") }
                guard attempt == "att_1" else { return nil }
                let fields: JSONObject = ["name": "Ada"]
                let order = CallOrder(attempt: attempt, campaign: "spring", lead: "lead_1", fields: fields)
                var call = PlacedCall(agent: agent, order: order)
                placed(&call)
                return call
            }
        }
    }

    private static func form(_ changes: [String: String] = [:]) -> [(name: String, value: String)] {
        Desk.form(["Direction": "outbound-api", "CallStatus": "in-progress"].merging(changes) { $1 })
    }

    private func refused(_ desk: Desk, _ reason: String) async throws -> Double {
        try await desk.metric(#"patchbay_webhooks_refused_total{plugin="twilio",reason="\#(reason)"}"#) ?? 0
    }

    @Test func `whoever answers hears the agent that was ordered, and the events say for what`() async throws {
        let desk = try desk()
        let answer = try await desk.post(Self.voice, Self.form())
        let instructions = try Instructions(twiml: answer.body)
        let peer = await desk.media(String(instructions.streamURL.dropFirst("wss://voice.example.org".count)))
        peer.start(callSid: "CA1")
        await peer.waits { $0.messages.contains { $0["event"] == "media" } }
        #expect(await desk.waits { !desk.events(.callGreeted).isEmpty })
        peer.close()
        #expect(await desk.waits { !desk.events(.callEnded).isEmpty })
        for topic in [Topic.callStarted, .callGreeted, .dispositionSet, .callEnded] {
            let data = try #require(desk.events(topic).first?.data, "\(topic)")
            #expect(data["attempt_id"] == "att_1" && data["campaign"] == "spring" && data["lead_id"] == "lead_1")
        }
        let ended = try #require(desk.events(.callEnded).first?.data)
        #expect(ended["direction"] == "outbound" && ended["agent"] == "caller")
        let greeted = try #require(ended["greeted_ms"]?.double)
        #expect(
            greeted >= 0 && greeted < 5000 && desk.events(.callGreeted).first?.data["greeted_ms"]?.double == greeted
        )
    }

    @Test(
        arguments: [
            ("/telephony/twilio/voice/att_2", "attempt"), ("/telephony/twilio/voice/att_broken", "store"),
        ]
    ) func `a call that nobody has ordered, or that nobody can look up now, is hung up on and counted`(
        path: String,
        reason: String
    ) async throws {
        let desk = try desk()
        let before = try await refused(desk, reason)
        let answer = try await desk.post(path, Self.form())
        #expect(answer.status == 200 && answer.body.contains("<Hangup/>") && !answer.body.contains("<Stream"))
        #expect(try await refused(desk, reason) == before + 1)
        #expect(desk.events(.callStarted).isEmpty)
    }

    @Test func `an attempt that is over is not talked to`() async throws {
        let desk = try desk { $0.isOver = true }
        let before = try await refused(desk, "late")
        #expect(try await desk.post(Self.voice, Self.form()).body.contains("<Hangup/>"))
        #expect(try await refused(desk, "late") == before + 1)
    }

    @Test func `a call whose agent is gone is hung up on, and what the carrier tells of it is kept`() async throws {
        let desk = try desk { $0.agent = nil }
        let before = try await refused(desk, "agent")
        #expect(try await desk.post(Self.voice, Self.form()).body.contains("<Hangup/>"))
        #expect(try await refused(desk, "agent") == before + 1)
        let form = Self.form(["CallStatus": "completed", "SequenceNumber": "3"])
        #expect(try await desk.post(Self.status, form).status == 204)
        #expect(desk.events(.callStatus).first?.data["campaign"] == "spring")
    }

    @Test func `the same call may ask again, another one for the same attempt is hung up on`() async throws {
        let desk = try desk()
        let before = try await refused(desk, "other_call")
        for _ in 0..<2 { #expect(try await desk.post(Self.voice, Self.form()).body.contains("<Stream")) }
        #expect(try await desk.post(Self.voice, Self.form(["CallSid": "CA2"])).body.contains("<Hangup/>"))
        #expect(try await refused(desk, "other_call") == before + 1)
        let known = try self.desk { $0.carrierCallID = "CA7" }
        #expect(try await known.post(Self.voice, Self.form()).body.contains("<Hangup/>"))
    }

    @Test func `a host that cannot take calls hangs up`() async throws {
        let desk = try desk()
        desk.facts.obstacles.withLock { $0 = ["no route for tts"] }
        #expect(try await desk.post(Self.voice, Self.form()).body.contains("<Hangup/>"))
    }

    @Test(arguments: [voice, status, detected])
    func `a forged signature is refused, whatever the attempt`(path: String) async throws {
        let desk = try desk()
        let before = try await refused(desk, "signature")
        #expect(try await desk.post(path, Self.form(), signature: "uwVYXGyCMpwOmihKO/fDgy6bST0=").status == 403)
        // The signature of another attempt's address does not do either.
        let form = Self.form()
        let other = Desk.account.signature(url: "\(Desk.publicURL)\(path)2", form: form)
        #expect(try await desk.post(path, form, signature: other).status == 403)
        #expect(try await refused(desk, "signature") == before + 2)
        #expect(desk.events(.callStatus).isEmpty && desk.events(.callStarted).isEmpty)
    }

    @Test func `a status is in the log before it is answered, with what the call was placed for`() async throws {
        let desk = try desk()
        let form = Self.form([
            "CallStatus": "busy", "SequenceNumber": "1", "SipResponseCode": "486", "CallDuration": "0",
        ])
        #expect(try await desk.post(Self.status, form).status == 204)
        let event = try #require(desk.events(.callStatus).first)
        #expect(
            event.data == [
                "carrier_call_id": "CA1", "of": "call", "status": "busy", "sequence": 1, "sip_code": 486,
                "duration_s": 0, "attempt_id": "att_1", "campaign": "spring", "lead_id": "lead_1",
            ]
        )
    }

    @Test func `a status that comes twice is in the log once, and has one name wherever it comes`() async throws {
        let (desk, other) = (try desk(), try desk())
        let before = try await refused(desk, "repeated")
        let form = Self.form(["CallStatus": "ringing", "SequenceNumber": "1"])
        for _ in 0..<2 { #expect(try await desk.post(Self.status, form).status == 204) }
        #expect(desk.events(.callStatus).count == 1)
        #expect(try await refused(desk, "repeated") == before + 1)
        #expect(try await other.post(Self.status, form).status == 204)
        #expect(other.events(.callStatus).first?.id == desk.events(.callStatus).first?.id)
        let next = Self.form(["CallStatus": "completed", "SequenceNumber": "2"])
        #expect(try await desk.post(Self.status, next).status == 204)
        #expect(desk.events(.callStatus).count == 2)
    }

    @Test func `a status of an unknown attempt is refused, one that cannot be kept is not acknowledged`() async throws {
        let desk = try desk()
        let form = Self.form(["CallStatus": "completed", "SequenceNumber": "3"])
        #expect(try await desk.post("/telephony/twilio/status/att_2", form).status == 404)
        #expect(try await desk.post("/telephony/twilio/status/att_broken", form).status == 503)
        #expect(desk.events(.callStatus).isEmpty)
        let full = try Desk { $0.keep = { _ in false } }
        #expect(try await full.post("/telephony/twilio/status", form).status == 503)
    }

    @Test func `the carrier's verdict reaches the live call, and the log`() async throws {
        let desk = try desk()
        let answer = try await desk.post(Self.voice, Self.form())
        let instructions = try Instructions(twiml: answer.body)
        let peer = await desk.media(String(instructions.streamURL.dropFirst("wss://voice.example.org".count)))
        peer.start(callSid: "CA1")
        #expect(await desk.waits { !desk.events(.callStarted).isEmpty })
        let form = [
            (name: "CallSid", value: "CA1"), ("AnsweredBy", "machine_start"), ("MachineDetectionDuration", "3000"),
        ]
        #expect(try await desk.post(Self.detected, form).status == 204)
        #expect(await desk.waits { !desk.events(.callEnded).isEmpty })
        #expect(desk.events(.callAnswered).first?.data["by"] == "machine")
        #expect(desk.events(.callEnded).first?.data["answered_by"] == "machine")
        let told = try #require(desk.events(.callStatus).first?.data)
        #expect(told["of"] == "detection" && told["answered_by"] == "machine_start" && told["status"] == nil)
    }

    @Test(arguments: [
        "/telephony/twilio/recording/att_1", "/telephony/twilio/voice/a%2Fb", "/telephony/twilio/voice/a.b",
    ])
    func `other addresses are nothing`(path: String) async throws {
        #expect(try await desk().post(path, Self.form()).status == 404)
    }
}
