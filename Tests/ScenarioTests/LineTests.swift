import Carrier
import Console
import Glibc
import JSONKit
import Media
import Testing

/// What an operator asks of a call's line, over real sockets.
@Suite(.serialized) struct LineTests {
    private func wait(_ host: TestHost, for topic: String) throws {
        for _ in 0..<200 where try !host.topics().contains(topic) { usleep(25_000) }
    }

    private func liveCall(_ host: TestHost) throws -> JSON {
        try #require(try host.client().call("call.list")["items"]?[0]?["call_id"])
    }

    /// The keys that are heard, one for each stretch of tones.
    private func keys(in samples: [Int16]) -> String {
        var result = ""
        var last: Character?
        for start in stride(from: 0, to: samples.count - 160, by: 160) {
            let frame = Array(samples[start..<start + 160])
            let key = Level(frame.span).decibels < -30 ? nil : KeyTones.keys.first { isKey($0, frame) }
            if let key, key != last { result.append(key) }
            last = key
        }
        return result
    }

    private func isKey(_ key: Character, _ frame: [Int16]) -> Bool {
        guard let (low, high) = KeyTones.frequencies(of: key) else { return false }
        return [low, high].allSatisfy { frequency in
            var detector = Goertzel(frequency)
            detector.add(frame.span)
            return (0.3...0.7).contains(detector.share)
        }
    }

    @Test func `keys that an operator presses are heard as their tones`() async throws {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 15)
        _ = try host.client().call("call.dtmf", ["call_id": try liveCall(host), "digits": "112#"])
        try await call.waitForAgent(after: 1, seconds: 10)
        #expect(keys(in: await call.report().heard) == "112#")
        #expect(try host.topics().contains("call.digits_sent"))
        #expect(throws: (any Error).self) {
            try host.client().call("call.dtmf", ["call_id": try liveCall(host), "digits": "1x"])
        }
    }

    @Test func `a call is given to a number, the carrier dials it, and call get still knows it`() async throws {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 15)
        let id = try liveCall(host)
        _ = try host.client().call("call.transfer", ["call_id": id, "to": "+4930901820"])
        try await call.wait(for: "the end of the media", seconds: 5) { $0.isClosed }
        let dialling = try #require(try await call.goOn(dialEndsWith: "no-answer"))
        #expect(dialling.to == "+4930901820" && dialling.callerID == "+15005550006")
        try wait(host, for: "call.transferred")
        let told = try #require(try host.events().first { $0["topic"] == "call.transferred" })
        #expect(told["key"] == id && told["data"]?["status"] == "no-answer" && told["data"]?["ok"] == false)
        try wait(host, for: "call.ended")
        let over = try host.client().call("call.get", ["call_id": id])
        #expect(over["state"] == "ended" && over["disposition"] == "transferred")
        #expect(over["ledger"]?.array?.isEmpty == true && over["transcript"]?[0]?["who"] == "agent")
        // Told once: the carrier that asks again hangs up.
        #expect(try await call.goOn() == nil)
    }

    @Test func `a call that ends is not given to anybody, and nobody can be dialled by a forged request`() async throws
    {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 15)
        let id = try liveCall(host)
        #expect(throws: (any Error).self) {
            try host.client().call("call.transfer", ["call_id": id, "to": "+49<Number>"])
        }
        _ = try host.client().call("call.hangup", ["call_id": id])
        try await call.wait(for: "the end of the media", seconds: 5) { $0.isClosed }
        #expect(try await call.goOn() == nil)
        let answer = try await carrier.get(
            "\(host.address)/telephony/telephony-twilio/continue?CallSid=\(call.callSid)"
        )
        #expect(answer.status == 403)
    }

    @Test func `a machine that answers a call we placed gets the message, behind its beep`() async throws {
        let host = try TestHost()
        try host.start()
        var agent = try #require(
            JSON(parsing: host.read("\(TestHost.repository)/examples/agents/front-desk.json")).object
        )
        agent["voicemail"] = ["action": "leave_message", "message": "This is Larkspur Cycles. Please call us back."]
        _ = try host.client().call("agent.put", ["document": .object(agent)])
        let carrier = try TestCarrier()
        let call = try await carrier.call(host, answeredBy: "machine_start")
        await call.begin(speaking: (0..<16_000).map { $0 % 1900 < 1500 ? Int16($0 % 16 < 8 ? 5000 : -5000) : 0 })
        try await call.wait(for: "the machine's greeting", seconds: 5) { $0.time > 2100 && $0.isCallerSilent }
        #expect(await call.view().agentUtterances == 0)
        try await call.speak((0..<5600).map { Int16(6000 * sin(2 * .pi * 1000 * Double($0) / 8000)) })
        try await call.wait(for: "the end", seconds: 15) { $0.isClosed }
        try wait(host, for: "call.ended")
        let outcome = try #require(try host.events().first { $0["topic"] == "call.ended" }?["data"])
        #expect(outcome["direction"] == "outbound" && outcome["disposition"] == "message_left")
        #expect(outcome["transcript"]?[0]?["text"] == "This is Larkspur Cycles. Please call us back.")
    }

    @Test func `call get tells a live call's ledger, and what it does not know`() async throws {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.wait(for: "the greeting", seconds: 15) { $0.isAgentSpeaking }
        let live = try host.client().call("call.get", ["call_id": try liveCall(host)])
        #expect(live["state"] == "greeting" && live["ledger"]?.array?.isEmpty == true)
        #expect(throws: (any Error).self) { try host.client().call("call.get", ["call_id": "call_nobody"]) }
    }
}
