import JSONKit
import PluginHost
import Testing

@Suite struct AsrOpenaiTests {
    private func hear(
        _ reply: ScriptedServer.Reply,
        frames: Int = 50,
        config: JSONObject = [:]
    ) throws -> (emitted: [Emitted], requests: [ScriptedServer.Request]) {
        let server = ScriptedServer(reply)
        defer { server.stop() }
        let bench = try PluginBench()
        bench.secret("openai_api_key", "sk-1")
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1")
        try bench.load("asr-openai", config: .object(config))
        let options: JSON = ["sample_rate": 8000, "language": "en-GB", "phrases": ["Larkspur", "inner tube"]]
        let emitted = try bench.run("asr-openai", "patchbay.asr/1", options: options) { stream in
            let frame = [Int16](repeating: 1000, count: 160)
            for index in 0..<frames { try stream.push(audio: frame.span, item: 2, at: UInt64(index) * 20_000) }
            try stream.done(item: 2)
            try stream.end()
        }
        return (emitted, server.requests)
    }

    private func json(_ text: String, status: Int = 200) -> ScriptedServer.Reply {
        .init(status: status, headers: ["content-type: application/json"], steps: [.piece(text)])
    }

    private func final(_ emitted: [Emitted]) -> [String] {
        emitted.compactMap { if case .text(let text, 2, true) = $0 { text } else { nil } }
    }

    private func failure(_ emitted: [Emitted]) throws -> PluginFailure {
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure: \(emitted)") }
        return failure
    }

    @Test func `an utterance is posted as a file with its language and phrases, and answered with one final text`()
        throws
    {
        let (emitted, requests) = try hear(json(#"{"text":" I need a new\n inner tube. ","usage":{}}"#))
        #expect(final(emitted) == ["I need a new inner tube."])
        #expect(emitted.contains(.done(2)))
        let request = try #require(requests.first)
        #expect(request.path == "/v1/audio/transcriptions")
        #expect(request.head.lowercased().contains("content-type: multipart/form-data; boundary="))
        #expect(request.head.lowercased().contains("authorization: bearer sk-1"))
        let body = request.text
        for part in [
            "name=\"model\"\r\n\r\ngpt-4o-mini-transcribe\r\n", "name=\"language\"\r\n\r\nen\r\n",
            "name=\"prompt\"\r\n\r\nLarkspur, inner tube\r\n", "filename=\"utterance.wav\"", "RIFF", "WAVEfmt ",
        ] { #expect(body.contains(part), "\(part)") }
    }

    @Test func `silence is one empty text, and too little audio is not worth a request`() throws {
        #expect(final(try hear(json(#"{"text":""}"#)).emitted) == [""])
        let (emitted, requests) = try hear(json("{}"), frames: 4)
        #expect(final(emitted) == [""])
        #expect(requests.isEmpty)
    }

    @Test func `what is no transcription is a failure that the next provider may mend`() throws {
        #expect(try failure(hear(json("{}")).emitted).isRetryable)
        #expect(try failure(hear(json("<html>", status: 502)).emitted).isRetryable)
        let wrong = try failure(hear(json(#"{"error":{"message":"bad key sk-1"}}"#, status: 401)).emitted)
        #expect(wrong.code == .refused)
        #expect(!wrong.message.contains("sk-1"))
        let cut = ScriptedServer.Reply(
            headers: ["content-type: application/json"],
            steps: [.piece(#"{"text":"I"#), .cut]
        )
        #expect(try failure(hear(cut).emitted).isRetryable)
    }

    @Test func `an utterance that never ends meets its bound`() throws {
        #expect(try failure(hear(json("{}"), frames: 50 * 91).emitted).message.contains("90 s"))
    }
}
