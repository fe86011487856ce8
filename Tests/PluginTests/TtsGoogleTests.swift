import JSONKit
import PluginHost
import SoundKit
import Testing

@Suite struct TtsGoogleTests {
    static let codes = (0..<2000).map { UInt8(truncatingIfNeeded: $0 * 31) }
    static let samples = codes.map { G711.decode($0, .mu) }

    /// A WAV file as Google writes mu-law, with a chunk before the samples that nobody asked for.
    static func wave(
        _ codes: [UInt8] = codes,
        tag: UInt8 = 7,
        bits: UInt8 = 8,
        rate: [UInt8] = [0x40, 0x1F, 0, 0],
        before: [UInt8] = Array("LIST".utf8) + [5, 0, 0, 0] + Array("INFOx".utf8) + [0]
    ) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var file = Array("RIFF".utf8) + number(50 + codes.count) + Array("WAVE".utf8) + before + Array("fmt ".utf8)
        file += [18, 0, 0, 0, tag, 0, 1, 0] + rate + rate + [bits / 8, 0, bits, 0, 0, 0]
        return file + Array("fact".utf8) + [4, 0, 0, 0] + number(codes.count) + Array("data".utf8) + number(codes.count)
            + codes
    }

    private static func answer(_ file: [UInt8] = wave()) -> String {
        "{\n  \"audioContent\": \"\(TestBase64.encode(file))\"\n}\n"
    }

    /// All samples, and the rest of what came.
    static func spoken(_ emitted: [Emitted]) -> (samples: [Int16], rest: [Emitted]) {
        var samples: [Int16] = []
        let rest = emitted.filter { one in
            guard case .audio(let piece, 1) = one else { return true }
            samples += piece
            return false
        }
        return (samples, rest)
    }

    private func speak(_ reply: ScriptedServer.Reply, _ config: JSONObject = [:]) throws -> [Emitted] {
        try GoogleBench("tts-google", config) { _ in reply }.speak()
    }

    private func failure(_ reply: ScriptedServer.Reply, _ config: JSONObject = [:]) throws -> PluginFailure {
        let emitted = try speak(reply, config)
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure: \(emitted)") }
        return failure
    }

    // MARK: Asking

    @Test func `a sentence is asked for in the language's voice, for the telephone`() throws {
        let google = try GoogleBench(
            "tts-google",
            [
                "voices": ["en-US": "en-US-Neural2-C"], "speaking_rate": 1.1, "pitch": -2, "volume_gain_db": 3,
                "effects_profiles": ["handset-class-device"],
            ]
        ) { _ in GoogleBench.json(Self.answer()) }
        let (samples, rest) = try Self.spoken(google.speak(["Say \"ah\"."]))
        #expect(samples == Self.samples)
        #expect(rest == [.done(1), .end])
        let sent = try #require(google.asked.first)
        #expect(google.asked.count == 1)
        #expect(sent.head.hasPrefix("POST /v1/text:synthesize HTTP/1.1"))
        #expect(sent.head.lowercased().contains("x-goog-api-key: aiza-test"))
        let body: JSON = [
            "input": ["text": "Say \"ah\"."], "voice": ["languageCode": "en-US", "name": "en-US-Neural2-C"],
            "audioConfig": [
                "audioEncoding": "MULAW", "sampleRateHertz": 8000, "speakingRate": 1.1, "pitch": -2, "volumeGainDb": 3,
                "effectsProfileId": ["handset-class-device"],
            ],
        ]
        #expect(sent.body == body)
    }

    @Test func `an agent's voice counts if it is one of Google's, and brings its language`() throws {
        func voice(_ options: JSON, _ config: JSONObject = [:]) throws -> JSON? {
            let google = try GoogleBench("tts-google", config) { _ in GoogleBench.json(Self.answer()) }
            _ = try google.speak(options: options)
            return google.asked.first?.body["voice"]
        }
        let mandarin: JSON = ["languageCode": "cmn-CN", "name": "cmn-CN-Wavenet-A"]
        #expect(try voice(["language": "en-US", "voice": "cmn-CN-Wavenet-A"]) == mandarin)
        let latin: JSON = ["languageCode": "es-419", "name": "es-419-Chirp3-HD-Aoede"]
        #expect(try voice(["language": "es-419"], ["voices": ["es-419": "es-419-Chirp3-HD-Aoede"]]) == latin)
        #expect(try voice(["language": "en-GB", "voice": "slt"]) == ["languageCode": "en-GB"])
        #expect(try voice(["language": "en-GB", "voice": "21m00Tcm-4TlvDq-8ikWAM"]) == ["languageCode": "en-GB"])
    }

    @Test func `without effects profiles none is named`() throws {
        let google = try GoogleBench("tts-google", ["effects_profiles": []]) { _ in GoogleBench.json(Self.answer()) }
        _ = try google.speak()
        let config: JSON = ["audioEncoding": "MULAW", "sampleRateHertz": 8000]
        #expect(google.asked.first?.body["audioConfig"] == config)
    }

    @Test func `more than 5000 bytes are refused before they are sent, by name`() throws {
        let google = try GoogleBench("tts-google") { _ in GoogleBench.json(Self.answer()) }
        let emitted = try google.speak([String(repeating: "ä", count: 2501)])
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure") }
        #expect(failure.code == .invalid)
        #expect(failure.message == "text: 5002 bytes in one sentence, Google takes 5000; cut it")
        #expect(google.server.requests.isEmpty)
        #expect(try Self.spoken(google.speak([String(repeating: "ä", count: 2500)])).rest == [.done(1), .end])
    }

    @Test func `what cannot be said is silence, and no request`() throws {
        let google = try GoogleBench("tts-google") { _ in GoogleBench.json(Self.answer()) }
        #expect(try google.speak(["…"]) == [.done(1), .end])
        #expect(google.server.requests.isEmpty)
    }

    // MARK: Audio

    @Test(arguments: [1, 7, 100])
    func `audio comes out the same wherever the answer is cut, and the first before the last has come`(size: Int) throws
    {
        let text = Array(Self.answer().utf8)
        let pieces = stride(from: 0, to: text.count, by: size).map {
            ScriptedServer.Step.bytes(Array(text[$0..<min($0 + size, text.count)]))
        }
        #expect(
            try Self.spoken(speak(.init(headers: ["content-type: application/json"], steps: pieces))).samples
                == Self.samples
        )
        let early = try GoogleBench("tts-google") { _ in .init(steps: [.bytes(Array(text[..<1000])), .hang]) }
        let emitted = try early.bench.run(
            "tts-google",
            "patchbay.tts/1",
            until: { $0.contains { if case .audio = $0 { true } else { false } } }
        ) { try $0.push(text: "Good morning.", item: 1) }
        #expect(!Self.spoken(emitted).samples.isEmpty)
    }

    @Test func `escapes in the base64, other members and LINEAR16 are read`() throws {
        let bytes = Self.samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let text = TestBase64.encode(Self.wave(bytes, tag: 1, bits: 16)).replacing("/", with: "\\/")
            .replacing("=", with: "\\u003d")
        let answer =
            #"{"timepoints":[{"audioContent":"no"}],"audioConfig":{"audioContent":"no"},"audioContent":"\#(text)"}"#
        let (samples, rest) = try Self.spoken(speak(GoogleBench.json(answer), ["encoding": "LINEAR16"]))
        #expect(samples == Self.samples)
        #expect(rest == [.done(1), .end])
    }

    @Test func `an answer without audio is a failure, so that somebody else speaks`() throws {
        for text in [#"{"audioContent":""}"#, "{}", Self.answer(Self.wave([]))] {
            let failure = try failure(GoogleBench.json(text))
            #expect(failure.code == .malformed)
            #expect(failure.message.contains("audioContent"))
        }
    }

    @Test func `audio that is not what was asked for is not played`() throws {
        let fast = try failure(GoogleBench.json(Self.answer(Self.wave(rate: [0xC0, 0x5D, 0, 0]))))
        #expect(fast.message == "audio: 1 channels at 24000 Hz, 1 at 8000 Hz was asked for")
        let mp3 = try failure(GoogleBench.json(Self.answer(Array("ID3 something else".utf8))))
        #expect(mp3.message == "audioContent is no WAV file: it does not begin with RIFF and WAVE")
        #expect(try failure(GoogleBench.json(#"{"audioContent":"UklGR!"}"#)).message == "audioContent is no base64")
    }

    @Test func `a socket closed in the middle of the JSON is a failure that another try may mend, after what has come`()
        throws
    {
        let text = String(Self.answer().prefix(1500))
        for steps: [ScriptedServer.Step] in [[.piece(text), .cut], [.piece(text)]] {
            let emitted = try speak(.init(steps: steps))
            #expect(Self.spoken(emitted).samples.count > 900)
            guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure") }
            #expect(failure.isRetryable)
        }
    }

    @Test func `a cancelled sentence is silent at once, and the next is spoken`() throws {
        let google = try GoogleBench("tts-google") { request in
            let isFirst = request.body["input"]?["text"]?.string == "One."
            return isFirst ? .init(steps: [.hang]) : GoogleBench.json(Self.answer())
        }
        let emitted = try google.bench.run("tts-google", "patchbay.tts/1") { stream in
            try stream.push(text: "One.", item: 7)
            stream.cancel(item: 7)
            try stream.push(text: "Two.", item: 1)
            try stream.end()
        }
        #expect(Self.spoken(emitted).samples == Self.samples)
        #expect(Self.spoken(emitted).rest == [.done(7), .done(1), .end])
    }

    @Test func `errors are Google's own sentences; pages in HTML and slow servers are not waited for`() throws {
        let voice = try failure(GoogleBench.error(400, "INVALID_ARGUMENT", "Voice 'en-US-Nobody' does not exist."))
        #expect(voice.code == .invalid)
        #expect(voice.message == "HTTP 400: Voice 'en-US-Nobody' does not exist.")
        let quota = try failure(GoogleBench.error(429, "RESOURCE_EXHAUSTED", "Quota.", headers: ["retry-after: 1"]))
        #expect(quota.isRetryable)
        #expect(quota.retryAfter == .milliseconds(1000))
        let page = try failure(.init(headers: ["content-type: text/html"], steps: [.piece("<html>\"Sign in\"</html>")]))
        #expect(page.code == .malformed)
        #expect(page.message.contains("no JSON"))
        #expect(try failure(.init(steps: [.hang]), ["total_ms": 60]).code == .timeout)
    }
}
