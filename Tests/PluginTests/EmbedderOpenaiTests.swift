import JSONKit
import PluginHost
import Testing

@Suite struct EmbedderOpenaiTests {
    private func embed(
        _ reply: String,
        config: JSONObject = [:],
        texts: [String] = ["prices"]
    ) throws -> (emitted: [Emitted], requests: [ScriptedServer.Request]) {
        let server = ScriptedServer(.init(headers: ["content-type: application/json"], steps: [.piece(reply)]))
        defer { server.stop() }
        let bench = try PluginBench()
        bench.secret("openai_api_key", "sk-1")
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1")
        try bench.load("embedder-openai", config: .object(config))
        let emitted = try bench.run("embedder-openai", "patchbay.embedder/1", options: [:]) { stream in
            for (index, text) in texts.enumerated() {
                try stream.push(text: text, item: UInt64(index + 1))
                try stream.done(item: UInt64(index + 1))
            }
            try stream.end()
        }
        return (emitted, server.requests)
    }

    @Test func `numbers and base64 make the same vector`() throws {
        let numbers = try embed(#"{"data":[{"index":0,"embedding":[1,-0.5,0.25]}],"usage":{}}"#)
        #expect(numbers.emitted.contains(.vector([1, -0.5, 0.25], item: 1)))
        #expect(numbers.requests.first?.body["input"] == "prices")
        let coded = try embed(
            #"{"data":[{"embedding":"AACAPwAAAL8AAIA+"}]}"#,
            config: ["encoding_format": "base64", "dimensions": 3]
        )
        #expect(coded.emitted.contains(.vector([1, -0.5, 0.25], item: 1)))
        #expect(coded.requests.first?.body["dimensions"] == 3)
        #expect(coded.requests.first?.body["encoding_format"] == "base64")
    }

    @Test func `many texts at once are all answered`() throws {
        let texts = (0..<40).map { "text \($0)" }
        let (emitted, requests) = try embed(#"{"data":[{"embedding":[1,2]}]}"#, texts: texts)
        #expect(requests.count == 40)
        for item in 1...40 { #expect(emitted.contains(.done(UInt64(item)))) }
    }

    @Test(arguments: [
        (#"{"data":[]}"#, "without an embedding"), (#"{"data":[{"embedding":[1,"x"]}]}"#, "without an embedding"),
        (#"{"data":[{"embedding":[1,2]}]}"#, "2 dimensions, 3 were asked for"),
    ])
    func `an answer that is no vector of that length is refused`(reply: String, reason: String) throws {
        let (emitted, _) = try embed(reply, config: ["dimensions": 3])
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "\(emitted)") }
        #expect(failure.message.contains(reason))
    }
}
