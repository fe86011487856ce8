import Carrier
import Glibc
import JSONKit
import Voices

/// Callers who listen to a long announcement: they say "mhm" and cough, which must not stop it, and then interrupt, which
/// must. Real recognition and real voices; judged from outside, and by the host's events.
enum Turns: Plan {
    private static let calls = 6
    private static let number = "+15005553000"
    private static let words = ["Okay.", "Right.", "Yeah.", "Uh huh.", "I see.", "Yes."]
    private static let voices = ["rms", "awb", "kal16"]

    static var plugins: [(library: String, name: String, config: JSON)] {
        [
            ("asr-pocketsphinx", "asr", [:]), ("intent-examples", "intent", [:]), ("llm-templates", "llm", [:]),
            ("tts-flite", "tts", [:]),
        ]
    }

    static var routes: JSONObject {
        JSONObject(["asr", "intent", "llm", "tts"].map { ($0, [["plugin": .string($0), "first_ms": 4000]]) })
    }

    static var agents: [(number: String, document: JSON)] {
        let announcement = """
            Thank you for calling the workshop. We are open from Tuesday to Saturday, from nine in the morning to six in \
            the evening, and on Thursdays until eight. A full service takes two working days as a rule, and up to five in \
            spring. While we have your bicycle you can borrow one of ours, for as long as the repair takes, without any \
            charge. Please bring the keys of your lock, and tell us if anything on the bicycle is new, so that we can \
            look after it.
            """
        return [
            (
                number,
                [
                    "name": "turns", "recording": false, "greeting": .string(announcement),
                    "intents": [
                        ["name": "stop", "examples": ["please stop I have a question", "stop I have a question"]],
                        ["name": "price", "examples": ["how much does a full service cost"]],
                    ],
                    "stages": [
                        [
                            "name": "only",
                            "templates": ["default": "What would you like to know?", "no_answer": "Pardon?"],
                        ]
                    ],
                ]
            )
        ]
    }

    static func run(_ stage: Stage) async throws {
        let studio = try Voice(libraries: stage.libraries)
        var sounds: [(name: String, audio: [Int16])] = []
        for voice in voices {
            for word in words { sounds.append((word, try await studio.say(word, voice))) }
        }
        let coughs = (1...9).map { ("cough", cough(seed: UInt64($0))) }
        let question = try await studio.say("Please stop, I have a question.", "rms")
        let all = sounds + coughs
        var heard: [Heard] = []
        try await withThrowingTaskGroup(of: Heard.self) { group in
            for call in 0..<calls {
                let mine = stride(from: call, to: all.count, by: calls).map { all[$0] }
                group.addTask { try await converse(stage, mine, question) }
            }
            for try await one in group { heard.append(one) }
        }
        let added = try stage.events("turn.completed").compactMap { $0.data["latency"]?["added_ms"]?.double }.sorted()
        let stops = try stage.events("call.barge_in").compactMap { $0.data["stop_ms"]?.double }.sorted()
        let bargeIns = heard.flatMap(\.bargeIns).sorted()
        Terminal.print([
            "bench": "turns", "calls": .int(Int64(calls)), "backchannels": .int(Int64(sounds.count)),
            "coughs": .int(Int64(coughs.count)), "false_barge_ins": .int(Int64(heard.reduce(0) { $0 + $1.stopped })),
            "barge_ins": .int(Int64(bargeIns.count)),
            "barge_in_ms_p50": .double(bargeIns.isEmpty ? 0 : bargeIns[bargeIns.count / 2]),
            "barge_in_stop_ms": .double(stops.last ?? 0),
            "added_ms_p50": .double(added.isEmpty ? 0 : added[added.count / 2]),
            "added_ms_p99": .double(added.last ?? 0),
        ])
    }

    private struct Heard: Sendable {
        /// Sounds that stopped the agent though they should not have.
        var stopped = 0
        /// Milliseconds from the caller's first sound to the agent's last.
        var bargeIns: [Double] = []
    }

    private static func converse(
        _ stage: Stage,
        _ sounds: [(name: String, audio: [Int16])],
        _ question: [Int16]
    ) async throws -> Heard {
        var heard = Heard()
        let call = try await stage.call(number)
        try await call.wait(for: "the announcement", seconds: 10) { $0.isAgentSpeaking && $0.agentFor > 1500 }
        for sound in sounds {
            let before = await call.report().clears
            await call.begin(speaking: sound.audio)
            try await Task.sleep(for: .milliseconds(2200))
            if await call.report().clears > before { heard.stopped += 1 }
        }
        let wasSpeaking = await call.view().isAgentSpeaking
        let before = await call.report().bargeIns.count
        await call.begin(speaking: question)
        try await call.wait(for: "the agent to stop", seconds: 10) { !$0.isAgentSpeaking }
        let spoken = await call.view().agentUtterances
        try await call.waitForAgent(after: spoken, seconds: 15)
        if wasSpeaking { heard.bargeIns = Array(await call.report().bargeIns.dropFirst(before)) }
        await call.hangUp()
        return heard
    }

    /// A burst of noise as long as a cough, that swells quickly and dies away.
    private static func cough(seed: UInt64) -> [Int16] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        let length = 1440 + Int(seed % 5) * 160
        var low: Float = 0
        return (0..<length).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let white = Float(state >> 40) / Float(1 << 24) * 2 - 1
            low = low * 0.6 + white * 0.4
            let place = Float(index) / Float(length)
            let envelope = min(1, place * 12) * expf(-3 * place)
            return Int16(low * envelope * 22_000)
        }
    }
}
