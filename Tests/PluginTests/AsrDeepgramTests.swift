import Glibc
import JSONKit
import PluginHost
import Testing

@Suite struct AsrDeepgramTests {
    private func hear(
        _ script: DeepgramServer.Script,
        items: [UInt64] = [1],
        config: JSONObject = [:],
        until isEnough: @escaping @Sendable ([Emitted]) -> Bool
    ) throws -> (emitted: [Emitted], server: DeepgramServer) {
        let server = try DeepgramServer(script)
        defer { server.stop() }
        let bench = try PluginBench()
        bench.secret("deepgram_api_key", "dk-1")
        var config = config
        config["base_url"] = .string("ws://127.0.0.1:\(server.port)/v1")
        try bench.load("asr-deepgram", config: .object(config))
        let options: JSON = ["sample_rate": 8000, "language": "en-US", "phrases": ["inner tube"]]
        let emitted = try bench.run("asr-deepgram", "patchbay.asr/1", options: options, until: isEnough) { stream in
            let frame = [Int16](repeating: 500, count: 160)
            for item in items {
                for index in 0..<25 { try stream.push(audio: frame.span, item: item, at: UInt64(index) * 20_000) }
                try stream.done(item: item)
            }
        }
        return (emitted, server)
    }

    private func finals(_ emitted: [Emitted]) -> [String] {
        emitted.compactMap { if case .text(let text, _, true) = $0 { text } else { nil } }
    }

    @Sendable private func isFailed(_ emitted: [Emitted]) -> Bool {
        if case .failed? = emitted.last { true } else { false }
    }

    private func failure(_ script: DeepgramServer.Script, config: JSONObject = [:]) throws -> PluginFailure {
        let (emitted, _) = try hear(script, config: config, until: isFailed)
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure: \(emitted)") }
        return failure
    }

    @Test func `pieces are put together, what is revised is replaced, and each utterance has one final text`() throws {
        let script = DeepgramServer.Script(flushes: [
            [
                ["transcript": "I need", "final": false], ["transcript": "I need a"], ["type": "SpeechStarted"],
                ["transcript": "new tube", "final": false], ["transcript": "new inner tube."], ["flush": true],
            ], [["flush": true]], [["transcript": "Thanks.", "flush": true]],
        ])
        let (emitted, server) = try hear(script, items: [1, 2, 3]) { $0.contains(.done(3)) }
        #expect(finals(emitted) == ["I need a new inner tube.", "", "Thanks."])
        let partials = emitted.compactMap { if case .text(let text, 1, false) = $0 { text } else { nil } }
        #expect(partials == ["I need", "I need a", "I need a new tube", "I need a new inner tube."])
        #expect(server.audio == 3 * 25 * 320)
        #expect(server.query.hasPrefix("/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000"))
        #expect(server.query.contains("keyterm=inner%20tube"))
        #expect(server.query.contains("language=en-US"))
        #expect(server.authorization == "Token dk-1")
    }

    @Test func `a silent line is kept alive, one that is busy is not`() throws {
        let script = DeepgramServer.Script(isDeaf: true)
        let (_, server) = try hear(script, config: ["keep_alive_ms": 30, "final_ms": 300], until: isFailed)
        let kept = server.texts.filter { $0.contains("KeepAlive") }.count
        #expect(kept >= 3)
        #expect(kept <= 11)
    }

    @Test(arguments: [(401, false), (402, false), (403, false), (429, true), (503, true), (400, false)])
    func `a refused connection says whether to try again`(status: Int, isRetryable: Bool) throws {
        let failure = try failure(.init(refusal: status))
        #expect(failure.isRetryable == isRetryable, "\(failure)")
        #expect(failure.message.contains("\(status)"))
        #expect(!failure.message.contains("dk-1"))
    }

    @Test(arguments: [(1008, false), (1011, true), (1000, true)])
    func `a goodbye in the middle is a failure, and audio it cannot decode is not tried again`(
        code: Int,
        isRetryable: Bool
    ) throws {
        let failure = try failure(.init(goodbye: code))
        #expect(failure.isRetryable == isRetryable, "\(failure)")
    }

    @Test func `a flush that is never answered, an error and nonsense end the stream`() throws {
        #expect(try failure(.init(isDeaf: true), config: ["final_ms": 100]).code == .timeout)
        #expect(try failure(.init(greeting: "<html>")).code == .malformed)
        let error = #"{"type":"Error","description":"out of order"}"#
        #expect(try failure(.init(greeting: error)).message.contains("out of order"))
    }

    @Test func `nobody there is a failure in time`() throws {
        let bench = try PluginBench()
        bench.secret("deepgram_api_key", "dk-1")
        try bench.load("asr-deepgram", config: ["base_url": "ws://127.0.0.1:9"])
        let emitted = try bench.run("asr-deepgram", "patchbay.asr/1", options: ["sample_rate": 8000], until: isFailed) {
            try $0.push(audio: [Int16](repeating: 1, count: 160).span, item: 1, at: 0)
        }
        #expect(isFailed(emitted))
    }
}
