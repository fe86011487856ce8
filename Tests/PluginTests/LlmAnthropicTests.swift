import JSONKit
import PluginHost
import Testing

@Suite struct LlmAnthropicTests {
    private func event(_ json: JSON) -> String { "event: \(json["type"]?.string ?? "")\ndata: \(json)\n\n" }

    private func delta(_ text: String, index: Int64 = 0) -> String {
        event([
            "type": "content_block_delta", "index": .int(index),
            "delta": ["type": "text_delta", "text": .string(text)],
        ])
    }

    private func stop(_ reason: String) -> [String] {
        [
            event(["type": "message_delta", "delta": ["stop_reason": .string(reason)], "usage": ["output_tokens": 12]]),
            event(["type": "message_stop"]),
        ]
    }

    private let start = """
        event: message_start\r
        data: {"type":"message_start","message":{"id":"m1","role":"assistant","usage":{"input_tokens":25,"output_tokens":1}}}\r
        \r

        """

    private func talk(
        _ pieces: [String],
        request: JSON = LlmOpenaiTests.ask,
        config: JSONObject = [:],
        status: Int = 200,
        headers: [String] = []
    ) throws -> (emitted: [Emitted], requests: [ScriptedServer.Request]) {
        let server = ScriptedServer(.init(status: status, headers: headers, steps: pieces.map { .piece($0) }))
        defer { server.stop() }
        let bench = try PluginBench()
        bench.secret("anthropic_api_key", "ak-123")
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1")
        config["model"] = "claude-test"
        try bench.load("llm-anthropic", config: .object(config))
        let emitted = try bench.run("llm-anthropic", "patchbay.llm/1", options: [:]) { stream in
            try stream.push(json: request, item: 3)
            try stream.end()
        }
        return (emitted, server.requests)
    }

    private func said(_ emitted: [Emitted]) -> String {
        emitted.compactMap { if case .text(let text, 3, _) = $0 { text } else { nil } }.joined()
    }

    private func failure(_ emitted: [Emitted]) throws -> PluginFailure {
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure: \(emitted)") }
        return failure
    }

    @Test func `words come as they are made, pings and thoughts and events of tomorrow are passed over`() throws {
        let (emitted, requests) = try talk(
            [
                start,
                event([
                    "type": "content_block_start", "index": 0, "content_block": ["type": "thinking", "thinking": ""],
                ]),
                event([
                    "type": "content_block_delta", "index": 0, "delta": ["type": "thinking_delta", "thinking": "Hm."],
                ]),
                event(["type": "content_block_stop", "index": 0]), event(["type": "ping"]),
                event(["type": "content_block_start", "index": 1, "content_block": ["type": "text", "text": ""]]),
                delta("Good ", index: 1), event(["type": "something_new", "data": 1]), delta("morning.", index: 1),
                event(["type": "content_block_stop", "index": 1]),
            ] + stop("end_turn")
        )
        #expect(said(emitted) == "Good morning.")
        #expect(emitted.contains(.json(["usage": ["input_tokens": 25, "output_tokens": 12]], item: 3)))
        #expect(emitted.contains(.done(3)))
        let head = try #require(requests.first?.head.lowercased())
        #expect(head.contains("post /v1/messages "))
        #expect(head.contains("x-api-key: ak-123"))
        #expect(head.contains("anthropic-version: 2023-06-01"))
    }

    @Test func `calls of tools are put together from their fragments`() throws {
        let tool: JSON = ["type": "tool_use", "id": "toolu_1", "name": "free", "input": [:]]
        func piece(_ text: String) -> String {
            event([
                "type": "content_block_delta", "index": 1,
                "delta": ["type": "input_json_delta", "partial_json": .string(text)],
            ])
        }
        let (emitted, _) = try talk(
            [
                start, delta("Let me see."), event(["type": "content_block_start", "index": 1, "content_block": tool]),
                piece(""), piece(#"{"day": "Tue"#), piece(#"sday"}"#),
                event(["type": "content_block_stop", "index": 1]),
            ] + stop("tool_use")
        )
        #expect(said(emitted) == "Let me see.")
        let calls: JSON = ["tool_calls": [["id": "toolu_1", "name": "free", "arguments": ["day": "Tuesday"]]]]
        #expect(emitted.contains(.json(calls, item: 3)))
    }

    @Test func `the conversation is put into the API's own order: system apart, roles in turns, results as blocks`()
        throws
    {
        let request: JSON = [
            "messages": [
                ["role": "system", "content": "Be brief."], ["role": "assistant", "content": "Hello, how can I help?"],
                ["role": "user", "content": "Is Tuesday free?"], ["role": "user", "content": "Or Friday?"],
                [
                    "role": "assistant", "content": "Let me see. ",
                    "tool_calls": [["id": "t1", "name": "free", "arguments": ["day": "Tuesday"]]],
                ],
                ["role": "tool", "tool_call_id": "t1", "content": "no"],
            ],
            "tools": [["name": "free", "description": "Is a day free?", "parameters": ["type": "object"]]],
            "temperature": 1.6,
        ]
        let (_, requests) = try talk([start, delta("No.")] + stop("end_turn"), request: request)
        let body = try #require(requests.first?.body)
        #expect(body["system"] == "Be brief.")
        #expect(body["max_tokens"] == 400)
        #expect(body["temperature"] == nil, "today's models take none")
        #expect(body["tools"]?[0]?["input_schema"] == ["type": "object"])
        let messages = try #require(body["messages"]?.array)
        #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user", "assistant", "user"])
        #expect(messages[2]["content"]?.array?.count == 2)
        #expect(messages[3]["content"]?[0]?["text"] == "Let me see.")
        #expect(messages[3]["content"]?[1]?["input"] == ["day": "Tuesday"])
        #expect(messages[4]["content"]?[0] == ["type": "tool_result", "tool_use_id": "t1", "content": "no"])
    }

    private static let cutOff: JSON = [
        "messages": [
            ["role": "user", "content": "When?"], ["role": "assistant", "content": "We open at nine "],
            ["role": "system", "content": "You were cut off there."],
        ]
    ]

    @Test func `a model that takes a temperature gets the request's, within its range`() throws {
        let request: JSON = ["messages": [["role": "user", "content": "hi"]], "temperature": 1.6]
        let answer = [start, delta("No.")] + stop("end_turn")
        let (_, requests) = try talk(answer, request: request, config: ["temperature": 0.3])
        #expect(requests.first?.body["temperature"] == 1.0)
        let (_, usual) = try talk(answer, config: ["temperature": 0.3])
        #expect(usual.first?.body["temperature"] == 0.3)
    }

    @Test func `an answer that was cut off is asked to be gone on with, or given as the beginning`() throws {
        let answer = [start, delta("and close at six.")] + stop("end_turn")
        let asked = try talk(answer, request: Self.cutOff).requests.first?.body["messages"]?.array ?? []
        #expect(asked.map { $0["role"]?.string } == ["user", "assistant", "user"])
        let given = try talk(answer, request: Self.cutOff, config: ["prefill": true]).requests.first?.body
        #expect(given?["messages"]?.array?.count == 2)
        #expect(given?["messages"]?[1]?["content"]?[0]?["text"] == "We open at nine")
    }

    @Test(arguments: [
        ("overloaded_error", true), ("api_error", true), ("rate_limit_error", true), ("invalid_request_error", false),
        ("authentication_error", false),
    ])
    func `an error in the midst of a stream ends it with its words`(type: String, isRetryable: Bool) throws {
        let error: JSON = ["type": "error", "error": ["type": .string(type), "message": "Sorry, ak-123"]]
        let failure = try failure(talk([start, delta("We "), event(error)]).emitted)
        #expect(failure.isRetryable == isRetryable)
        #expect(failure.message == "in mid-answer: Sorry, ***")
    }

    @Test func `a status says whether to try again, and when`() throws {
        let body = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        let busy = try failure(
            talk([body], status: 529, headers: ["content-type: application/json", "retry-after: 3"]).emitted
        )
        #expect(busy.isRetryable)
        #expect(busy.retryAfter == .seconds(3))
        #expect(busy.message.contains("Overloaded"))
        let wrong = try failure(talk([body], status: 401, headers: ["content-type: application/json"]).emitted)
        #expect(wrong.code == .refused)
    }

    @Test func `a line that is cut before the reason to stop is a failure, behind it none`() throws {
        #expect(try failure(talk([start, delta("We open")]).emitted).isRetryable)
        let (emitted, _) = try talk([start, delta("We open."), stop("end_turn")[0]])
        #expect(emitted.contains(.done(3)))
    }

    @Test func `a refusal without a word is the next provider's chance`() throws {
        #expect(try failure(talk([start] + stop("refusal")).emitted).code == .refused)
    }
}
