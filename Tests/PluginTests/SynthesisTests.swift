import JSONKit
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
}
