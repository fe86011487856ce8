import CodedSpeech
import Core
import JSONKit
import PluginHost
import Testing

@testable import Calls

/// Every kind of provider, failing in every way, at every place in its route, with and without a caller who interrupts at
/// that moment: no word is lost, none is said twice, nothing hangs and no stream is left open.
@Suite struct FailoverTests {
    enum Fault: String, CaseIterable {
        case refuse, stall, dieFirst = "die_first", dieLate = "die_late", garbage, slow, mute
    }

    /// The first so many providers of the route fail in the same way.
    static let depths = [1, 2]

    /// What the caller says: each word 200 ms, with pauses too short to end an utterance.
    private static let question = [40, 41, 42, 43, 44]

    private func scene(_ kind: Kind, _ fault: Fault, depth: Int, timings: Bool = true, repeats: Bool = false) throws
        -> Scene
    {
        func providers(_ own: Kind) -> [JSON] {
            let fine: JSON = ["timings": timings ? 1 : 0, "repeats": repeats ? 1 : 0]
            guard own == kind else { return [fine] }
            let failing: JSON = ["mode": .string(fault.rawValue), "timings": timings ? 1 : 0]
            return Array(repeating: failing, count: depth) + [fine]
        }
        return try Scene(
            asr: providers(.asr),
            llm: providers(.llm),
            tts: providers(.tts),
            provider: Scratch.scripted
        ) { document in
            document["greeting"] = ""
        }
    }

    private func ask(_ scene: Scene) {
        for word in Self.question {
            for _ in 0..<10 { scene.hear(CodedSpeech.level(word)) }
            scene.quiet(40)
        }
        scene.quiet(460)
    }

    private func spoken(_ scene: Scene, from frame: Int = 0) -> [(word: Int, frames: Int)] {
        CodedSpeech.words(in: scene.line.frames[frame...].map(\.level))
    }

    private func transcript(_ scene: Scene) -> [String] {
        scene.events(.transcriptFinal).compactMap { $0["text"]?.string }
    }

    @Test(arguments: Fault.allCases, depths)
    func `recognition fails and no word of the caller's is lost`(fault: Fault, depth: Int) throws {
        let scene = try scene(.asr, fault, depth: depth)
        defer { scene.finish() }
        scene.quiet(200)
        ask(scene)
        scene.listen()
        #expect(transcript(scene) == ["w40 w41 w42 w43 w44"])
        #expect(spoken(scene).map(\.word) == Array(0..<12))
        scene.hangUp()
        #expect(scene.openStreams == 0)
    }

    @Test(arguments: Fault.allCases, depths)
    func `the model fails and the reply is whole, no word of it said twice`(fault: Fault, depth: Int) throws {
        for repeats in [false, true] {
            let scene = try scene(.llm, fault, depth: depth, repeats: repeats)
            defer { scene.finish() }
            scene.quiet(200)
            ask(scene)
            scene.listen()
            #expect(spoken(scene).map(\.word) == Array(0..<12), "repeats: \(repeats)")
            #expect(spoken(scene).allSatisfy { $0.frames == 10 })
            #expect(scene.transcript.last == "agent: w0 w1 w2 w3. w4 w5 w6 w7. w8 w9 w10 w11.")
            scene.hangUp()
            #expect(scene.openStreams == 0)
        }
    }

    /// How a voice works: its words' length in milliseconds, and how fast its audio comes.
    static let voices: [JSON] = [
        ["word_ms": 200, "piece_ms": 5], ["word_ms": 200, "piece_ms": 20], ["word_ms": 320, "piece_ms": 20],
        ["word_ms": 320, "piece_ms": 20, "sentence": 12], ["word_ms": 120, "piece_ms": 18, "sentence": 12],
    ]

    @Test(arguments: Fault.allCases, depths)
    func `the voice fails, and with its timings every word is heard, at most one of them twice`(
        fault: Fault,
        depth: Int
    ) throws {
        for voice in Self.voices {
            let (words, whole) = try speak(voice, fault, depth: depth, timings: true)
            #expect(Set(whole) == Set(0..<12), "\(voice): \(words)")
            #expect(words.count <= 12 + depth, "\(voice): \(words)")
        }
    }

    @Test(arguments: Fault.allCases, depths)
    func `the voice fails without having told where its words lie, and yet none is lost`(
        fault: Fault,
        depth: Int
    ) throws {
        for voice in Self.voices {
            let (words, whole) = try speak(voice, fault, depth: depth, timings: false)
            #expect(Set(whole) == Set(0..<12), "\(voice): \(words)")
            #expect(words.count <= 12 + 2 * depth, "\(voice): \(words)")
        }
    }

    @Test(arguments: voices)
    func `a voice that fails in the first sentence it ever spoke loses no word`(voice: JSON) throws {
        for fault in [Fault.dieLate, .dieFirst, .stall] {
            let (words, whole) = try speak(voice, fault, depth: 1, timings: false, isKnown: false)
            #expect(Set(whole) == Set(0..<12), "\(fault): \(words)")
        }
    }

    /// What is heard of a reply, and which of the words were heard whole.
    private func speak(
        _ voice: JSON,
        _ fault: Fault,
        depth: Int,
        timings: Bool,
        isKnown: Bool = true
    ) throws -> (words: [(word: Int, frames: Int)], whole: [Int]) {
        var fine = voice.object ?? [:]
        fine["timings"] = .int(timings ? 1 : 0)
        var failing = fine
        failing["mode"] = .string(fault.rawValue)
        // A first reply tells how fast the voice is.
        let learns = isKnown && !timings && fault != .refuse
        if learns { failing["skip"] = .int(Int64(12 / (voice["sentence"]?.int ?? 4))) }
        let reply: JSON = ["sentence": voice["sentence"] ?? 4]
        let voices = Array(repeating: JSON.object(failing), count: depth) + [.object(fine)]
        let scene = try Scene(asr: [[:]], llm: [reply], tts: voices, provider: Scratch.scripted) { document in
            document["greeting"] = ""
        }
        defer { scene.finish() }
        scene.quiet(200)
        if learns {
            ask(scene)
            scene.listen()
        }
        let before = scene.line.frames.count
        ask(scene)
        scene.listen()
        let words = spoken(scene, from: before)
        let full = Int(voice["word_ms"]?.int ?? 200) / 20
        scene.hangUp()
        #expect(scene.openStreams == 0)
        return (words, words.filter { $0.frames >= full - 1 }.map(\.word))
    }

    @Test(arguments: Fault.allCases, [Kind.llm, .tts])
    func `a caller who interrupts while a provider fails is heard, and the call goes on`(fault: Fault, kind: Kind)
        throws
    {
        for moment in stride(from: 20, through: 1400, by: 60) {
            let scene = try scene(kind, fault, depth: 1)
            defer { scene.finish() }
            scene.quiet(200)
            ask(scene)
            scene.quiet(moment)
            let before = scene.line.frames.count
            ask(scene)
            #expect(transcript(scene).last?.hasSuffix("w40 w41 w42 w43 w44") == true, "at \(moment) ms")
            scene.listen()
            let words = spoken(scene, from: before).map(\.word)
            #expect(Array(words.suffix(12)) == Array(0..<12), "at \(moment) ms: \(words)")
            // What the model was told is what was heard.
            if let cut = scene.events(.replySpoken).first, cut["interrupted"] == true,
                let clear = scene.line.clears.first
            {
                let frames = scene.line.frames.filter { $0.at <= clear }
                let heard = CodedSpeech.words(in: frames.map(\.level)).map(\.word)
                let told = (cut["text"]?.string ?? "").split(separator: " ").count
                #expect(abs(told - heard.count) <= 2, "at \(moment) ms: told \(told) of \(heard)")
            }
            scene.hangUp()
            #expect(scene.openStreams == 0, "at \(moment) ms")
        }
    }
}
