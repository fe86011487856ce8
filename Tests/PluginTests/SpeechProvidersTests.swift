import JSONKit
import PluginHost
import SoundKit
import Testing

/// The voices that answer with audio as it is: OpenAI, ElevenLabs, Deepgram.
@Suite struct SpeechProvidersTests {
    struct Voice: Sendable, CustomStringConvertible {
        let plugin: String
        let secret: String
        let config: JSONObject
        /// What is asked for, and how its bytes look.
        let path: String
        let authorization: String
        let isPCM: Bool
        var description: String { plugin }
    }

    static let voices = [
        Voice(
            plugin: "tts-openai",
            secret: "openai_api_key",
            config: ["voices": ["de-DE": "coral"]],
            path: "/audio/speech",
            authorization: "authorization: bearer sk-1",
            isPCM: true
        ),
        Voice(
            plugin: "tts-elevenlabs",
            secret: "elevenlabs_api_key",
            config: ["voice_id": "21m00Tcm4TlvDq8ikWAM", "voices": ["de-DE": "Xb7hH8MSUJpSbSDYk0k2"]],
            path: "/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/stream?output_format=ulaw_8000",
            authorization: "xi-api-key: sk-1",
            isPCM: false
        ),
        Voice(
            plugin: "tts-deepgram",
            secret: "deepgram_api_key",
            config: ["models": ["de-DE": "aura-2-julius-de"]],
            path: "/speak?model=aura-2-thalia-en&encoding=mulaw&sample_rate=8000&container=none",
            authorization: "authorization: token sk-1",
            isPCM: false
        ),
    ]

    private func speak(
        _ voice: Voice,
        _ reply: ScriptedServer.Reply,
        text: String = "Good morning.",
        language: String = "en-US",
        config: JSONObject = [:]
    ) throws -> (emitted: [Emitted], requests: [ScriptedServer.Request]) {
        let server = ScriptedServer(reply)
        defer { server.stop() }
        let bench = try PluginBench()
        bench.secret(voice.secret, "sk-1")
        var all = voice.config
        for (name, value) in config { all[name] = value }
        all["base_url"] = .string("http://127.0.0.1:\(server.port)")
        try bench.load(voice.plugin, config: .object(all))
        let options: JSON = ["sample_rate": 8000, "language": .string(language), "voice": "slt"]
        let emitted = try bench.run(voice.plugin, "patchbay.tts/1", options: options) { stream in
            try stream.push(text: text, item: 5)
            try stream.done(item: 5)
            try stream.end()
        }
        return (emitted, server.requests)
    }

    private func samples(_ emitted: [Emitted]) -> [Int16] {
        emitted.flatMap { if case .audio(let samples, 5) = $0 { samples } else { [Int16]() } }
    }

    private func failure(_ emitted: [Emitted]) throws -> PluginFailure {
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure: \(emitted)") }
        return failure
    }

    private static let tone = (0..<1000).map { Int16($0 % 40 < 20 ? 7932 : -7932) }

    private static func bytes(_ voice: Voice) -> [UInt8] {
        voice.isPCM
            ? tone.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            : tone.map { G711.encode($0) }
    }

    private static func audio(_ pieces: [[UInt8]]) -> ScriptedServer.Reply {
        .init(headers: ["content-type: audio/basic"], steps: pieces.map { .bytes($0) })
    }

    @Test(arguments: voices)
    func `audio is passed on as it comes, however its bytes are cut`(voice: Voice) throws {
        let bytes = Self.bytes(voice)
        let cuts = [1, 2, 3, 160, 161, 700]
        let pieces = zip([0] + cuts, cuts + [bytes.count]).map { Array(bytes[$0..<$1]) }
        let (emitted, requests) = try speak(voice, Self.audio(pieces))
        #expect(samples(emitted) == Self.tone)
        #expect(emitted.count { if case .audio = $0 { true } else { false } } >= 3)
        #expect(emitted.contains(.done(5)))
        let request = try #require(requests.first)
        #expect(request.path == voice.path)
        #expect(request.head.lowercased().contains(voice.authorization))
        #expect(request.body["text"] ?? request.body["input"] == "Good morning.")
    }

    @Test(arguments: voices)
    func `a header that should not be there is not heard`(voice: Voice) throws {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let (bytes, rate) = (Self.bytes(voice), voice.isPCM ? 24_000 : 8000)
        let format: [UInt8] = voice.isPCM ? [1, 0, 1, 0] : [7, 0, 1, 0]
        let wave =
            Array("RIFF".utf8) + four(-1) + Array("WAVEfmt ".utf8) + four(16) + format + four(rate)
            + four(voice.isPCM ? rate * 2 : rate) + (voice.isPCM ? [2, 0, 16, 0] : [1, 0, 8, 0]) + Array("data".utf8)
            + four(-1) + bytes
        let (emitted, _) = try speak(voice, Self.audio([Array(wave[..<2]), Array(wave[2..<60]), Array(wave[60...])]))
        #expect(samples(emitted) == Self.tone)
    }

    @Test(arguments: voices)
    func `a language has its own voice, and a name of another provider's is nobody's`(voice: Voice) throws {
        let german = try speak(voice, Self.audio([Self.bytes(voice)]), language: "de-DE").requests.first
        let wanted = [
            "tts-openai": "coral", "tts-elevenlabs": "Xb7hH8MSUJpSbSDYk0k2", "tts-deepgram": "aura-2-julius-de",
        ]
        let asked = (german?.path ?? "") + (german?.body["voice"]?.string ?? "")
        #expect(asked.contains(wanted[voice.plugin] ?? "?"))
    }

    @Test(arguments: voices)
    func `errors say whether to try again, and no key`(voice: Voice) throws {
        let json = ["content-type: application/json"]
        let quota =
            #"{"error":{"message":"You exceeded your quota, sk-1","code":"insufficient_quota"},"detail":{"status":"quota_exceeded","message":"no money sk-1"}}"#
        let poor = try failure(speak(voice, .init(status: 429, headers: json, steps: [.piece(quota)])).emitted)
        #expect(!poor.isRetryable)
        #expect(poor.code == .refused)
        #expect(!poor.message.contains("sk-1"))
        let busy = try failure(
            speak(voice, .init(status: 429, headers: json + ["retry-after: 2"], steps: [.piece("{}")])).emitted
        )
        #expect(busy.isRetryable)
        #expect(busy.retryAfter == .seconds(2))
    }

    @Test(arguments: voices)
    func `an error that calls itself a success, an empty one and a line that is cut are failures`(voice: Voice) throws {
        let disguised = ScriptedServer.Reply(
            headers: ["content-type: application/json"],
            steps: [.piece(#"{"error":"x"}"#)]
        )
        #expect(try failure(speak(voice, disguised).emitted).code == .malformed)
        #expect(try failure(speak(voice, Self.audio([])).emitted).code == .malformed)
        let cut = ScriptedServer.Reply(headers: ["content-type: audio/basic"], steps: [.bytes([1, 2, 3, 4, 5]), .cut])
        #expect(try failure(speak(voice, cut).emitted).isRetryable)
    }

    @Test(arguments: voices)
    func `a line that hangs before the first byte is given up in time`(voice: Voice) throws {
        let hanging = ScriptedServer.Reply(headers: ["content-type: audio/basic"], steps: [.hang])
        let failure = try failure(speak(voice, hanging, config: ["total_ms": 200]).emitted)
        #expect(failure.code == .timeout)
    }

    @Test(arguments: voices)
    func `a text that is too long is refused by its length, punctuation alone is silence`(voice: Voice) throws {
        let long = try speak(voice, Self.audio([]), text: String(repeating: "word ", count: 1100))
        #expect(try failure(long.emitted).message.contains("5500 characters"))
        #expect(long.requests.isEmpty)
        let nothing = try speak(voice, Self.audio([]), text: "...")
        #expect(nothing.emitted.contains(.done(5)))
        #expect(nothing.requests.isEmpty)
    }

    @Test func `a voice that is no id is refused with its name`() throws {
        let bench = try PluginBench()
        #expect {
            try bench.load("tts-elevenlabs", config: ["voice_id": "../../secrets"])
        } throws: { "\($0)".contains("voice_id") }
    }
}
