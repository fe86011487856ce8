import Carrier
import Core
import Glibc
import JSONKit
import Testing

/// The ledger of a call over real sockets, judged by somebody who only hears.
@Suite(.serialized) struct LedgerTests {
    private static let agent: JSON = [
        "name": "ledger", "greeting": "Hello, how can I help you?",
        "turn_taking": ["endpointing": "fixed", "endpointing_ms": 400, "endpointing_unfinished_ms": 500],
        "stages": [["name": "talk", "templates": ["default": "I have put that down. What else can I do for you?"]]],
    ]

    /// A host whose recogniser understands anything and whose voice is a real one, silence at its beginning included.
    private static func host() throws -> TestHost {
        let host = try TestHost { configuration in
            var plugins = configuration["plugins"]?.array ?? []
            plugins.append(["path": .string("\(TestHost.binaries)/libstub-asr.so")])
            configuration["plugins"] = .array(plugins)
            var routes = configuration["routes"]?.object ?? [:]
            routes["asr"] = [["plugin": "stub-asr"]]
            configuration["routes"] = .object(routes)
            configuration["agents"] = ["ledger.json"]
            configuration["numbers"] = [["to": "*", "agent": "ledger"]]
        }
        let file = fopen("\(host.folder)/ledger.json", "w")
        fputs(agent.pretty, file)
        fclose(file)
        return host
    }

    private static func sound(_ count: Int) -> [Int16] { (0..<count).map { $0 % 8 < 4 ? 6000 : -6000 } }

    /// A histogram that names the call, for a scraper that can read it, and only for that one.
    private func judgeMetrics(_ host: TestHost, _ carrier: TestCarrier) async throws {
        let plain = try await carrier.get("\(host.address)/metrics").body
        #expect(plain.contains(#"patchbay_turn_part_seconds_count{part="endpointing"} 4"#))
        #expect(plain.contains("patchbay_turn_latency_seconds_count 4") && !plain.contains("call_id="))
        let accept = [("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")]
        let rich = try await carrier.get("\(host.address)/metrics", headers: accept).body
        #expect(rich.contains(##" # {call_id="call_"##) && rich.hasSuffix("\n# EOF\n"))
        #expect(rich.contains("# TYPE process_cpu_seconds counter"))
    }

    @Test func `each turn's parts add up to the silence that an outside listener measures, within 20 ms`() async throws
    {
        let host = try Self.host()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 15)
        for turn in 1...4 {
            // The last syllable ends somewhere in a message, each time elsewhere.
            let syllables = (0..<3).flatMap { _ in Self.sound(1600) + [Int16](repeating: 0, count: 640) }
            try await call.speak(syllables + Self.sound(1000 + 45 * turn))
            try await call.waitForAgent(after: turn, seconds: 15)
        }
        await call.hangUp()
        try await call.wait(for: "the end", seconds: 10) { $0.isClosed }
        for _ in 0..<200 where try !host.topics().contains("call.ended") { usleep(25_000) }
        let turns = try host.events().filter { $0["topic"] == "turn.completed" }.compactMap { $0["data"]?["latency"] }
        let answers = await call.report().answers
        #expect(turns.count == 4 && answers.count == 4)
        try await judgeMetrics(host, carrier)
        for (latency, answer) in zip(turns, answers) {
            let gap = try #require(latency["gap_ms"]?.double)
            #expect(abs(gap - answer.gap) <= 20, "ledger \(gap), outside \(answer.gap)")
            let parts = [
                "endpointing", "final_transcript", "intent", "retrieval", "first_token", "first_sentence",
                "first_audio", "playout", "carrier", "voice_lead",
            ]
            let sum = parts.reduce(0) { $0 + (latency["\($1)_ms"]?.double ?? .nan) }
            #expect(abs(sum - gap) < 0.01)
            #expect((300...1050).contains(latency["endpointing_ms"]?.double ?? 0))
        }
    }
}
