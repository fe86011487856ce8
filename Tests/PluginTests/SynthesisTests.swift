import JSONKit
import Media
import PluginHost
import Testing

@Suite struct SynthesisTests {
    private static let options: JSON = ["sample_rate": 8000, "language": "en-US"]

    private func speak(_ bench: PluginBench, _ plugin: String, _ text: String) throws -> [Emitted] {
        try bench.run(plugin, "patchbay.tts/1", options: Self.options, until: { $0.contains(.done(1)) }) { stream in
            try stream.push(text: text, item: 1)
            try stream.done(item: 1)
        }
    }

    private static func samples(_ emitted: [Emitted]) -> [Int16] {
        emitted.flatMap { if case .audio(let samples, 1) = $0 { samples } else { [Int16]() } }
    }

    @Test func `flite speaks in several pieces, raw PCM, and then is done`() throws {
        let bench = try PluginBench()
        try bench.load("tts-flite")
        let emitted = try speak(bench, "tts-flite", "A full service takes two working days.")
        let samples = Self.samples(emitted)
        #expect(emitted.last == .done(1))
        #expect(emitted.count > 3)
        #expect((12_000...40_000).contains(samples.count), "between 1.5 and 5 s, not \(samples.count) samples")
        #expect(samples.contains { abs(Int($0)) > 3000 })
    }

    @Test(arguments: ["slt", "rms", "awb", "kal16", "kal"])
    func `flite tells where its words lie, before their audio`(voice: String) throws {
        let bench = try PluginBench()
        try bench.load("tts-flite", config: ["voice": .string(voice)])
        let emitted = try speak(bench, "tts-flite", "The repair costs $25, and takes two days. Please wait here.")
        guard case .json(let told, item: 1)? = emitted.first else { throw NoTimings() }
        let words = try #require(told["words"]?.array)
        let ends = words.compactMap { $0["end_ms"]?.int }
        #expect(words[2]["text"] == "costs")
        #expect(ends.count == 11)
        #expect(ends == ends.sorted())
        let samples = Self.samples(emitted)
        // Behind the last word is only a short silence; behind "days." a pause begins.
        #expect(samples.count / 8 - Int(ends[10]) < 400)
        #expect(samples.count / 8 >= Int(ends[10]) - 30)
        func loudness(_ start: Int, _ milliseconds: Int) -> Int {
            let piece = samples[min(samples.count, start * 8)..<min(samples.count, (start + milliseconds) * 8)]
            return piece.reduce(0) { $0 + abs(Int($1)) } / max(1, piece.count)
        }
        let pause = Int(ends[7])
        #expect(loudness(pause + 20, 60) * 8 < loudness(pause - 300, 250), "\(voice)")
    }

    private struct NoTimings: Error {}

    @Test func `another voice in the configuration sounds different`() throws {
        let bench = try PluginBench()
        try bench.load("tts-flite")
        let first = Self.samples(try speak(bench, "tts-flite", "Good afternoon."))
        _ = try bench.registry.swap("tts-flite", config: ["voice": "awb"])
        let second = Self.samples(try speak(bench, "tts-flite", "Good afternoon."))
        #expect(first != second)
        #expect(throws: PluginError.self) { try bench.registry.swap("tts-flite", config: ["voice": "nobody"]) }
        #expect(try bench.registry.info("tts-flite").generation == 2)
    }

    @Test func `no audio of a cancelled sentence comes, and the stream goes on with the next`() throws {
        let bench = try PluginBench()
        try bench.load("tts-flite")
        let emitted = try bench.run(
            "tts-flite",
            "patchbay.tts/1",
            options: Self.options,
            until: { $0.contains(.done(2)) }
        ) { stream in
            try stream.push(text: String(repeating: "This is a very long sentence indeed. ", count: 20), item: 1)
            try stream.done(item: 1)
            stream.cancel(item: 1)
            try stream.push(text: "Yes.", item: 2)
            try stream.done(item: 2)
        }
        let items = emitted.compactMap { if case .audio(_, let item) = $0 { item } else { nil } }
        #expect(!items.contains(1))
        #expect(items.contains(2))
    }

    @Test func `recorded speech always has an answer`() throws {
        let bench = try PluginBench()
        try bench.load("tts-recorded")
        let samples = Self.samples(try speak(bench, "tts-recorded", "Anything at all."))
        #expect((3 * 8000...6 * 8000).contains(samples.count))
    }

    @Test func `a phrase that cannot be read is named with its file`() throws {
        let bench = try PluginBench()
        #expect {
            try bench.load("tts-recorded", config: ["folder": "/nowhere"])
        } throws: { error in
            "\(error)".contains("/nowhere/index.json")
        }
    }

    @Test func `typography is read as its plain form`() throws {
        let bench = try PluginBench()
        try bench.load("tts-flite", config: ["voice": "kal"])
        let plain = Self.samples(try speak(bench, "tts-flite", "It's fine, really. A cafe in Zurich costs 5 euros"))
        let typographic = "It\u{2019}s fine\u{2014}really\u{2026} A caf\u{E9} in Z\u{FC}rich costs 5\u{20AC}"
        let read = Self.samples(try speak(bench, "tts-flite", typographic))
        #expect(abs(read.count - plain.count) < 800)
        let nothing = Self.samples(try speak(bench, "tts-flite", "\u{4F60}\u{597D}"))
        #expect(nothing.count < plain.count / 4)
    }

    @Test(arguments: ["tts-flite", "tts-recorded"])
    func `a higher rate yields as long a sound with more samples`(plugin: String) throws {
        let bench = try PluginBench()
        try bench.load(plugin)
        let narrow = Self.samples(try speak(bench, plugin, "Good afternoon."))
        let options: JSON = ["sample_rate": 24_000, "language": "en-US"]
        let emitted = try bench.run(plugin, "patchbay.tts/1", options: options, until: { $0.contains(.done(1)) }) {
            try $0.push(text: "Good afternoon.", item: 1)
            try $0.done(item: 1)
        }
        let wide = Self.samples(emitted)
        #expect(abs(wide.count - 3 * narrow.count) < 200)
        let refused = try? bench.run(plugin, "patchbay.tts/1", options: ["sample_rate": 4000]) { try $0.done(item: 1) }
        guard case .failed(let failure)? = refused?.last else {
            Issue.record("4,000 Hz was taken")
            return
        }
        #expect(failure.message.contains("sample_rate"))
    }

    @Test func `recorded phrases are found by their words, and the star stands for the rest`() throws {
        let bench = try PluginBench()
        let folder = bench.folder
        let (hold, rest) = ([Int16](repeating: 1000, count: 800), [Int16](repeating: -1000, count: 400))
        var writer = try WAVWriter(path: folder + "/hold.wav", channels: 1, sampleRate: 8000)
        try writer.append(interleaved: hold.span)
        try writer.finish()
        writer = try WAVWriter(path: folder + "/rest.wav", channels: 1, sampleRate: 8000)
        try writer.append(interleaved: rest.span)
        try writer.finish()
        try Files.write(#"{"One moment, please!": "hold.wav", "*": "rest.wav"}"#, to: folder + "/index.json")
        try bench.load("tts-recorded", config: ["folder": .string(folder)])
        #expect(Self.samples(try speak(bench, "tts-recorded", "one moment  please")) == hold)
        #expect(Self.samples(try speak(bench, "tts-recorded", "Something else.")) == rest)
        for (index, problem) in [
            (#"{"a": 5}"#, "5"), (#"{"a": null}"#, "a: must"), (#"{"a": "../b"}"#, "../b: must"), ("[]", "index.json"),
        ] {
            try Files.write(index, to: folder + "/index.json")
            #expect {
                try bench.registry.swap("tts-recorded", config: ["folder": .string(folder)])
            } throws: {
                "\($0)".contains(problem)
            }
        }
    }
}
