import Core
import IO
import JSONKit
import Synchronization
import Testing

@testable import Carrier

/// The simulated carrier against a host that does as told; in real time, as carriers are.
@Suite struct SimulatedCallTests {
    private static let account = CarrierAccount(authToken: "12345678901234567890123456789012")
    private static let tone = (0..<1600).map { Int16($0 / 8 % 2 == 0 ? 8000 : -8000) }

    /// Places a call and hands it to `body`; everything is stopped afterwards.
    private func call(
        _ script: @escaping @Sendable (JSON, ScriptedLine) -> Void = { _, _ in },
        _ body: (SimulatedCall, ScriptedHost) async throws -> Void
    ) async throws {
        let host = try ScriptedHost(script)
        let loop = try SocketLoop(name: "carrier")
        let web = try PollLoop(name: "carrier-web")
        loop.start()
        web.start()
        defer {
            host.stop()
            loop.stop()
            web.stop()
        }
        let call = try await place(host, "/voice", loop, web)
        try await body(call, host)
    }

    private func place(_ host: ScriptedHost, _ path: String, _ loop: SocketLoop, _ web: PollLoop) async throws
        -> SimulatedCall
    {
        try await SimulatedCall.place(
            webhook: "http://127.0.0.1:\(host.port)\(path)",
            account: Self.account,
            from: "+15005550006",
            to: "+15005550009",
            loop: loop,
            http: HTTPClient(loop: web)
        )
    }

    @Test func `it says connected, start, media every 20 ms and stop, all counters as strings`() async throws {
        try await call { call, host in
            try await call.wait(for: "time", seconds: 5) { $0.time >= 500 }
            await call.hangUp()
            try await call.wait(for: "the end", seconds: 5) { $0.isClosed }
            // The other side hears of it on a thread of its own.
            for _ in 0..<500 where host.messages("stop").isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            let messages = host.messages
            #expect(messages.first == ["event": "connected", "protocol": "Call", "version": "1.0.0"])
            #expect(messages[1]["start"]?["callSid"]?.string == call.callSid)
            #expect(messages[1]["start"]?["customParameters"] == ["a": "b & \"c\""])
            let media = host.messages("media")
            #expect(media.count >= 25)
            for (index, message) in media.enumerated() {
                #expect(message["media"]?["chunk"]?.string == String(index + 1))
                #expect(message["media"]?["timestamp"]?.string == String(index * 20))
                #expect(message["media"]?["payload"]?.string.flatMap { Base64.decode($0) }?.count == 160)
            }
            let numbers = messages.dropFirst().map { $0["sequenceNumber"]?.string }
            #expect(numbers == (1...numbers.count).map { String($0) })
            #expect(messages.last?["stop"]?["callSid"]?.string == call.callSid)
        }
    }

    @Test func `webhook and upgrade are signed over their addresses`() async throws {
        try await call { _, host in
            let port = host.port
            let (form, signature, upgrade) = host.told.withLock { ($0.form, $0.signature, $0.upgradeSignature) }
            let fields = form.split(separator: "&").map { field in
                let parts = field.split(separator: "=", omittingEmptySubsequences: false)
                return (name: String(parts[0]), value: String(parts[1]).replacing("%2B", with: "+"))
            }
            let expected = Self.account.signature(url: "http://127.0.0.1:\(port)/voice", form: fields)
            #expect(signature == expected)
            #expect(upgrade == Self.account.signature(url: "ws://127.0.0.1:\(port)/media"))
        }
    }

    @Test func `audio is played in real time, and a mark comes back when all before it has been heard`() async throws {
        try await call({ json, line in
            guard json["event"] == "start" else { return }
            line.play(400)
            line.mark("a")
        }) { call, host in
            try await call.wait(for: "the agent", seconds: 5) { $0.isAgentSpeaking }
            try await call.waitForAgent(after: 0, seconds: 5)
            #expect(host.messages("mark").first?["mark"]?["name"] == "a")
            let index = host.messages.firstIndex { $0["event"] == "mark" } ?? 0
            #expect((18...30).contains(host.messages[..<index].count { $0["event"] == "media" }))
            let report = await call.report()
            #expect(report.heard.count { abs($0) > 1000 } == 400 * 8)
            #expect(report.marksEchoed == 1 && report.underruns == 0)
        }
    }

    @Test func `clear drops what was not heard yet and echoes the marks at once`() async throws {
        try await call({ json, line in
            guard json["event"] == "start" else { return }
            line.play(5000)
            line.mark("a")
            line.after(300) { line.clear() }
        }) { call, host in
            try await call.waitForAgent(after: 0, seconds: 3)
            #expect(host.messages("mark").count == 1)
            let report = await call.report()
            #expect(report.clears == 1)
            let heard = report.heard.count { abs($0) > 1000 } / 8
            #expect((200...700).contains(heard))
        }
    }

    @Test func `it measures how long a barge-in takes and how long an answer`() async throws {
        try await call({ json, line in
            if json["event"] == "start" { line.play(20_000) }
            guard json["event"] == "media", let payload = json["media"]?["payload"]?.string else { return }
            // Somebody speaks: silence is all ones.
            if !payload.hasPrefix("////"), !line.hasAnswered {
                line.hasAnswered = true
                line.after(100) { line.clear() }
                line.after(800) { line.play(200) }
            }
        }) { call, _ in
            try await call.wait(for: "the agent", seconds: 5) { $0.isAgentSpeaking && $0.agentFor > 100 }
            try await call.speak(Self.tone)
            try await call.waitForAgent(after: 1, seconds: 5)
            let report = await call.report()
            #expect(report.bargeIns.count == 1 && (60...400).contains(report.bargeIns.first ?? 0))
            // 800 ms after the first word, 200 ms of which the caller spoke.
            #expect(report.answerGaps.count == 1 && (400...1000).contains(report.answerGaps.first ?? 0))
        }
    }

    @Test func `waiting on a call that is closed fails at once and says why`() async throws {
        try await call { call, host in
            host.onLine { $0.close() }
            try await call.wait(for: "the end", seconds: 5) { $0.isClosed }
            let began = Moment.now()
            await #expect(throws: CarrierFailure.closed("1000 done")) {
                try await call.waitForAgent(after: 0, seconds: 30)
            }
            await #expect(throws: CarrierFailure.closed("1000 done")) { try await call.speak(Self.tone) }
            #expect(Moment.now() - began < .seconds(20))
        }
    }

    @Test func `a message beyond what the socket takes ends the call with its reason`() async throws {
        try await call({ json, line in if json["event"] == "start" { line.play(10_000, inOneMessage: true) } }) {
            call,
            _ in
            try await call.wait(for: "the end", seconds: 5) { $0.isClosed }
            #expect(await call.report().closeReason == "1009 message too large")
        }
    }

    @Test func `a webhook that refuses is reported with its status`() async throws {
        try await call { _, host in
            let web = try PollLoop(name: "carrier-web")
            web.start()
            defer { web.stop() }
            await #expect(throws: CarrierFailure.webhook(status: 403, body: "refused\n")) {
                _ = try await place(host, "/elsewhere", host.loop, web)
            }
        }
    }
}
