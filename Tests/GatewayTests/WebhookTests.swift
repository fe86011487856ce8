import Carrier
import Core
import IO
import JSONKit
import Synchronization
import Testing

@testable import Gateway

/// What carriers post, over a real socket.
@Suite struct WebhookTests {
    private static let voice = "/telephony/twilio/voice"

    @Test func `an announced call is told where to bring its media: to the public address, with a token`() async throws
    {
        let desk = try Desk()
        let answer = try await desk.post(Self.voice)
        let instructions = try Instructions(twiml: answer.body)
        #expect(answer.status == 200)
        #expect(instructions.streamURL.hasPrefix("wss://voice.example.org/telephony/twilio/media/"))
        #expect(instructions.parameters["call_id"]?.hasPrefix("call_") == true)
    }

    @Test func `the query belongs to what was signed`() async throws {
        let desk = try Desk()
        #expect(try await desk.post(Self.voice + "?tenant=a%20b").status == 200)
    }

    @Test func `a carrier that is told to use GET puts everything into the address`() async throws {
        let desk = try Desk()
        let path = Self.voice + "?CallSid=CA1&From=%2B15005550006&To=%2B15005550009"
        let signature = Desk.account.signature(url: Desk.publicURL + path)
        let answer = try await desk.request("GET", path, headers: [("X-Twilio-Signature", signature)])
        #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self).contains("<Stream url="))
        let changed = path.replacing("CA1", with: "CA2")
        #expect(try await desk.request("GET", changed, headers: [("X-Twilio-Signature", signature)]).status == 403)
    }

    @Test func `a body beyond 1 MiB is not read`() async throws {
        let desk = try Desk()
        let body = [UInt8](repeating: UInt8(ascii: "a"), count: (1 << 20) + 1)
        let answer = try? await desk.request("POST", Self.voice, body: body)
        #expect(answer == nil || answer?.status == 413)
    }

    @Test(arguments: ["", "uwVYXGyCMpwOmihKO/fDgy6bST0="])
    func `a missing or forged signature gets 403 and is counted`(signature: String) async throws {
        let desk = try Desk()
        let name = #"patchbay_webhooks_refused_total{plugin="twilio",reason="signature"}"#
        let before = try await desk.metric(name) ?? 0
        #expect(try await desk.post(Self.voice, signature: signature).status == 403)
        #expect(try await desk.metric(name) ?? 0 >= before + 1)
    }

    @Test func `a form without a call is refused as malformed`() async throws {
        let desk = try Desk()
        #expect(try await desk.post(Self.voice, [(name: "From", value: "x")]).status == 400)
    }

    @Test func `a number that no agent answers is rejected, and counted`() async throws {
        let desk = try Desk()
        let name = #"patchbay_calls_rejected_total{reason="no_agent"}"#
        let before = try #require(try await desk.metric(name), "there before the first one")
        let answer = try await desk.post(Self.voice, Desk.form(["To": "+15005550000"]))
        #expect(answer.status == 200 && answer.body.contains("<Reject/>"))
        #expect(try await desk.metric(name) ?? 0 >= before + 1)
    }

    @Test func `a host that is draining, or cannot take calls, says busy`() async throws {
        let desk = try Desk()
        desk.facts.isDraining.store(true, ordering: .relaxed)
        #expect(try await desk.post(Self.voice).body.contains(#"<Reject reason="busy"/>"#))
        desk.facts.isDraining.store(false, ordering: .relaxed)
        desk.facts.obstacles.withLock { $0 = ["no route for tts"] }
        #expect(try await desk.post(Self.voice).body.contains(#"<Reject reason="busy"/>"#))
    }

    @Test func `a status is recorded under the call it belongs to`() async throws {
        let desk = try Desk()
        let instructions = try Instructions(twiml: try await desk.post(Self.voice).body)
        let form = Desk.form(["CallStatus": "completed", "SequenceNumber": "3"])
        #expect(try await desk.post("/telephony/twilio/status", form).status == 204)
        let event = try #require(desk.events(.callStatus).first)
        #expect(event.key == instructions.parameters["call_id"])
        #expect(event.data["status"] == "completed" && event.data["sequence"] == 3 && event.data["of"] == "call")
    }

    @Test func `a recording that is ready is not taken for a call that is over`() async throws {
        let desk = try Desk()
        let form = Desk.form(["CallStatus": "in-progress", "RecordingStatus": "completed"])
        #expect(try await desk.post("/telephony/twilio/recording", form).status == 204)
        let event = try #require(desk.events(.callStatus).first)
        #expect(event.data["status"] == "completed" && event.data["of"] == "recording")
    }

    @Test func `only telephony plugins are reached from outside, and strange names leave no trace in the metrics`()
        async throws
    {
        let desk = try Desk()
        for name in ["llm", "passer-by"] {
            #expect(try await desk.post("/telephony/\(name)/voice").status == 404)
            let peer = await desk.media("/telephony/\(name)/media/token")
            #expect(peer.view.hasFailed)
        }
        let page = String(decoding: try await desk.request("GET", "/metrics").body, as: UTF8.self)
        #expect(!page.contains("passer-by"))
    }
}
