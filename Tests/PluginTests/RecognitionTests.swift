import Glibc
import JSONKit
import Media
import PluginHost
import SoundKit
import Testing

@Suite(.serialized) struct RecognitionTests {
    private let bench: PluginBench

    init() throws {
        bench = try PluginBench()
        try bench.load("tts-flite")
    }

    /// What flite says in a voice, as a telephone line carries it, with the silence that the host passes on around it.
    private func spoken(_ text: String, by voice: String = "rms") throws -> [Int16] {
        // Flite draws its noise from the C library: with one seed a voice says a text the same way in every run.
        srandom(1)
        let options: JSON = ["sample_rate": 8000, "language": "en-US", "voice": .string(voice)]
        let emitted = try bench.run("tts-flite", "patchbay.tts/1", options: options, until: { $0.contains(.done(1)) }) {
            try $0.push(text: text, item: 1)
            try $0.done(item: 1)
        }
        let samples = emitted.flatMap { if case .audio(let samples, 1) = $0 { samples } else { [Int16]() } }
        let line = samples.map { G711.decode(G711.encode($0)) }
        return [Int16](repeating: 0, count: 1600) + line + [Int16](repeating: 0, count: 4000)
    }

    /// A caller of the front desk, who may also be expected to say other things.
    private func caller(_ phrases: [String] = []) throws -> Talker {
        let agent = try TestData.json("../examples/agents/front-desk.json")
        let more = (agent["phrases"]?.array ?? []) + phrases.map { .string($0) }
        let options: JSON = [
            "sample_rate": 8000, "language": "en-US", "phrases": .array(more), "intents": agent["intents"] ?? [],
        ]
        return try Talker(bench, options)
    }

    private static let script = [
        "I would like to book a repair.", "How much does a full service cost?", "When are you open?",
        "On Thursday morning please.", "No, that is all. Thank you, goodbye.",
    ]

    private func words(_ text: String) -> String {
        String(text.lowercased().filter { $0.isLetter || $0 == " " || $0 == "'" })
    }

    private func isText(_ emitted: Emitted) -> Bool { if case .text = emitted { true } else { false } }

    @Test(arguments: ["rms", "awb", "kal16"])
    func `callers who keep to the agent's examples are understood word by word`(voice: String) throws {
        try bench.load("asr-pocketsphinx")
        let caller = try caller()
        defer { caller.close() }
        for (index, text) in Self.script.enumerated() {
            let item = UInt64(index + 1)
            caller.say(try spoken(text, by: voice), item: item)
            caller.done(item: item)
            #expect(caller.wait { $0.contains(.done(item)) })
        }
        #expect(caller.finals == Self.script.map(words))
    }

    @Test func `partial transcripts come while audio flows, then one final and the end of the item`() throws {
        try bench.load("asr-pocketsphinx")
        let caller = try caller()
        defer { caller.close() }
        caller.say(try spoken("How much does a full service cost?"), item: 1)
        #expect(caller.wait { $0.filter(isText).count >= 3 })
        #expect(caller.finals.isEmpty)
        caller.done(item: 1)
        #expect(caller.wait { $0.contains(.done(1)) })
        let partials = caller.emitted.compactMap { if case .text(let text, 1, false) = $0 { text } else { nil } }
        #expect(partials.allSatisfy { !$0.isEmpty })
        #expect(
            caller.emitted.suffix(2) == [.text("how much does a full service cost", item: 1, isFinal: true), .done(1)]
        )
        #expect(caller.emitted.count == partials.count + 2)
    }

    @Test func `silence is understood as nothing, and so is an utterance without audio`() throws {
        try bench.load("asr-pocketsphinx")
        let caller = try caller()
        defer { caller.close() }
        caller.say([Int16](repeating: 0, count: 8000), item: 1)
        caller.done(item: 1)
        caller.done(item: 2)
        #expect(caller.wait { $0.contains(.done(2)) })
        #expect(caller.finals == ["", ""])
    }

    @Test func `a name that no dictionary has is understood where the agent expects it`() throws {
        try bench.load("asr-pocketsphinx")
        let caller = try caller(["I am calling about the Zephyrion"])
        defer { caller.close() }
        caller.say(try spoken("I am calling about the Zephyrion."), item: 1)
        caller.done(item: 1)
        #expect(caller.wait { $0.contains(.done(1)) })
        #expect(caller.finals == ["i am calling about the zephyrion"])
    }

    @Test func `a cancelled utterance is closed without a transcript, and the next one is understood`() throws {
        try bench.load("asr-pocketsphinx", config: ["decoders": 1])
        let caller = try caller()
        defer { caller.close() }
        caller.say(try spoken("How much does a full service cost?"), item: 1)
        #expect(caller.wait { $0.contains(where: isText) })
        caller.cancel(item: 1)
        #expect(caller.wait { $0.contains(.done(1)) })
        caller.done(item: 1)
        caller.say(try spoken("When are you open?"), item: 2)
        caller.done(item: 2)
        #expect(caller.wait { $0.contains(.done(2)) })
        #expect(caller.finals == ["when are you open"])
        #expect(caller.emitted.filter { $0 == .done(1) }.count == 1)
    }

    @Test func `with every decoder busy speech waits, and is understood when one is free`() throws {
        try bench.load("asr-pocketsphinx", config: ["decoders": 1])
        let first = try caller()
        defer { first.close() }
        let audio = try spoken("When are you open?")
        first.say(audio, item: 1)
        #expect(first.wait { $0.contains(where: isText) })
        // Opened only now: a stream that opens tries the decoder for an instant, and might have held the only one.
        let second = try caller()
        defer { second.close() }
        // The only decoder is with the first caller until that utterance is done.
        second.say(audio, item: 1)
        usleep(300_000)
        #expect(second.emitted.isEmpty)
        first.done(item: 1)
        #expect(first.wait { $0.contains(.done(1)) })
        second.done(item: 1)
        #expect(second.wait { $0.contains(.done(1)) })
        #expect(second.finals == ["when are you open"])
    }

    @Test func `with every decoder busy to the end the stream fails, and may be tried again`() throws {
        try bench.load("asr-pocketsphinx", config: ["decoders": 1])
        let first = try caller()
        defer { first.close() }
        let audio = try spoken("When are you open?")
        first.say(audio, item: 1)
        #expect(first.wait { $0.contains(where: isText) })
        // Opened only now: a stream that opens tries the decoder for an instant, and might have held the only one.
        let second = try caller()
        defer { second.close() }
        second.say(audio, item: 1)
        second.done(item: 1)
        #expect(second.wait { _ in second.failure != nil })
        #expect(second.failure?.isRetryable == true)
        #expect(second.failure?.message == "all 1 decoders are listening to other callers")
    }

    @Test(
        arguments: [
            (["acoustic_model": "/nowhere"], "acoustic_model: /nowhere/feat.params"),
            (["dictionary": "/dev/null"], "dictionary: /dev/null"),
            (["language_model": "/dev/null"], "language_model: /dev/null"),
            (["decoders": 0], "decoders"),
        ] as [(JSON, String)]
    )
    func `a configuration that cannot work is refused with its field`(config: JSON, problem: String) throws {
        #expect {
            try bench.load("asr-pocketsphinx", config: config)
        } throws: {
            "\($0)".contains(problem)
        }
    }

    @Test(
        arguments: [
            (["sample_rate": 8000, "language": "de-DE"], "language: "),
            (["sample_rate": 44_100, "language": "en"], "sample_rate: "),
            (["sample_rate": 8000, "language": "en", "phrases": [1]], "phrases: "),
            (["sample_rate": 8000, "language": "en", "intents": [["examples": "a"]]], "intents[].examples: "),
        ] as [(JSON, String)]
    )
    func `options that cannot work are refused with their field`(options: JSON, problem: String) throws {
        try bench.load("asr-pocketsphinx", config: ["vocabulary": 0])
        let caller = try Talker(bench, options)
        defer { caller.close() }
        #expect(caller.wait { _ in caller.failure != nil })
        #expect(caller.failure?.message.hasPrefix(problem) == true)
        #expect(caller.failure?.isRetryable == false)
    }
}
