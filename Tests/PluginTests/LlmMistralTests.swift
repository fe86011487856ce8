import JSONKit
import PluginHost
import Testing

@Suite struct LlmMistralTests {
    private func chunk(_ delta: JSON, finish: JSON = nil, usage: JSON = nil) -> String {
        var json: JSONObject = ["id": "c1", "choices": [["index": 0, "delta": delta, "finish_reason": finish]]]
        if !usage.isNull { json["usage"] = usage }
        return "data: \(JSON.object(json))\n\n"
    }

    private func talk(
        _ pieces: [String],
        request: JSON = LlmOpenaiTests.ask,
        config: JSONObject = [:],
        status: Int = 200
    ) throws -> (emitted: [Emitted], requests: [ScriptedServer.Request]) {
        let server = ScriptedServer(.init(status: status, steps: pieces.map { .piece($0) }))
        defer { server.stop() }
        let bench = try PluginBench()
        bench.secret("mistral_api_key", "mk")
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1")
        config["model"] = "mistral-small-latest"
        try bench.load("llm-mistral", config: .object(config))
        let emitted = try bench.run("llm-mistral", "patchbay.llm/1", options: [:]) { stream in
            try stream.push(json: request, item: 3)
            try stream.end()
        }
        return (emitted, server.requests)
    }

    private func said(_ emitted: [Emitted]) -> String {
        emitted.compactMap { if case .text(let text, 3, _) = $0 { text } else { nil } }.joined()
    }

    private func told(_ emitted: [Emitted]) -> [JSON] {
        emitted.compactMap { if case .json(let json, item: 3) = $0 { json } else { nil } }
    }

    @Test
    func `tokens counted beside the last words, parts of content and whole calls without an index are understood`()
        throws
    {
        let call: JSON = ["id": "abcdefghi", "function": ["name": "free", "arguments": #"{"day":"Tuesday"}"#]]
        let second: JSON = ["id": "abcdefghj", "function": ["name": "free", "arguments": "{}"]]
        let (emitted, requests) = try talk([
            chunk(["role": "assistant", "content": ""]), chunk(["content": [["type": "text", "text": "Tues"]]]),
            chunk(["content": "day."]),
            chunk(
                ["content": "", "tool_calls": [call, second]],
                finish: "tool_calls",
                usage: ["prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13]
            ), "data: [DONE]\n\n",
        ])
        #expect(said(emitted) == "Tuesday.")
        #expect(told(emitted).first?["tool_calls"]?.array?.count == 2)
        #expect(told(emitted).last?["usage"]?["output_tokens"] == 4)
        #expect(emitted.contains(.done(3)))
        let body = try #require(requests.first?.body)
        #expect(body["stream_options"] == nil)
        #expect(requests.first?.head.lowercased().contains("authorization: bearer mk") == true)
    }

    @Test func `settings go out under Mistral's own names`() throws {
        let (_, requests) = try talk(
            [chunk(["content": "Hi."], finish: "stop")],
            config: ["random_seed": 7, "safe_prompt": true, "max_tokens": 50]
        )
        let body = try #require(requests.first?.body)
        #expect(body["random_seed"] == 7)
        #expect(body["safe_prompt"] == true)
        #expect(body["max_tokens"] == 50)
        #expect(body["seed"] == nil)
    }

    private static let cutOff: JSON = [
        "messages": [
            ["role": "user", "content": "When?"], ["role": "assistant", "content": "We open at nine and"],
            ["role": "system", "content": "You were cut off there. Continue with the next word; repeat nothing."],
        ]
    ]

    @Test(arguments: [
        [" close at six."], ["We open at", " nine and close", " at six."], ["We open at nine and", " close at six."],
    ])
    func `an answer that was cut off is its own beginning, and is not said twice`(pieces: [String]) throws {
        let chunks = pieces.map { chunk(["content": .string($0)]) } + [chunk([:], finish: "stop")]
        let (emitted, requests) = try talk(chunks, request: Self.cutOff)
        #expect(said(emitted) == " close at six.")
        let messages = try #require(requests.first?.body["messages"]?.array)
        #expect(messages.count == 2)
        #expect(messages.last?["prefix"] == true)
        #expect(messages.last?["role"] == "assistant")
    }

    @Test func `an answer that only begins like the other is said whole`() throws {
        let (emitted, _) = try talk(
            [chunk(["content": "We open"]), chunk(["content": " daily."], finish: "stop")],
            request: Self.cutOff
        )
        #expect(said(emitted) == "We open daily.")
    }

    @Test func `names of calls have nine letters and digits, the same in the call and in its result`() throws {
        let request: JSON = [
            "messages": [
                ["role": "user", "content": "Free?"],
                [
                    "role": "assistant", "content": "",
                    "tool_calls": [["id": "call_1", "name": "free", "arguments": [:]]],
                ],
                ["role": "tool", "tool_call_id": "call_1", "content": "yes"],
            ]
        ]
        let (_, requests) = try talk([chunk(["content": "Yes."], finish: "stop")], request: request)
        let messages = try #require(requests.first?.body["messages"]?.array)
        let id = try #require(messages[1]["tool_calls"]?[0]?["id"]?.string)
        #expect(id.count == 9)
        #expect(id.allSatisfy { $0.isLetter || $0.isNumber })
        #expect(messages[2]["tool_call_id"]?.string == id)
    }

    @Test func `a reason that is an error, and an error's own shape, end the stream with their words`() throws {
        let (broken, _) = try talk([chunk(["content": "We"]), chunk([:], finish: "error")])
        guard case .failed(let first)? = broken.last else { throw Files.Unreadable(path: "\(broken)") }
        #expect(first.isRetryable)
        let (refused, _) = try talk(
            [#"{"detail":[{"loc":["body","model"],"msg":"unknown model","type":"value"}]}"#],
            status: 422
        )
        guard case .failed(let second)? = refused.last else { throw Files.Unreadable(path: "\(refused)") }
        #expect(second.message.contains("unknown model"))
        #expect(!second.isRetryable)
    }
}
