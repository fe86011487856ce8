import Glibc
import JSONKit
import PluginHost
import Testing

@Suite struct LlmOpenaiTests {
    static let ask: JSON = [
        "messages": [["role": "system", "content": "Be brief."], ["role": "user", "content": "hi"]]
    ]

    private func chunk(_ delta: JSON, finish: JSON = nil) -> String {
        let json: JSON = [
            "id": "c1", "object": "chat.completion.chunk",
            "choices": [["index": 0, "delta": delta, "finish_reason": finish]], "usage": nil,
        ]
        return "data: \(json)\n\n"
    }

    /// What the plugin makes of an answer, and what it asked.
    private func talk(
        _ reply: ScriptedServer.Reply,
        request: JSON = ask,
        config: JSONObject = [:],
        secret: String? = nil,
        options: JSON = [:]
    ) throws -> (emitted: [Emitted], requests: [ScriptedServer.Request]) {
        let server = ScriptedServer(reply)
        defer { server.stop() }
        let bench = try PluginBench()
        if let secret { bench.secret("key", secret) }
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1/")
        if config["model"] == nil { config["model"] = "small" }
        try bench.load("llm-openai", config: .object(config))
        let emitted = try bench.run("llm-openai", "patchbay.llm/1", options: options) { stream in
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

    private func refusal(
        _ status: Int,
        _ body: String,
        headers: [String] = [],
        secret: String? = nil
    ) throws -> PluginFailure {
        let reply = ScriptedServer.Reply(
            status: status,
            headers: ["content-type: application/json"] + headers,
            steps: [.piece(body)]
        )
        let config: JSONObject = secret == nil ? [:] : ["api_key_secret": "key"]
        return try failure(talk(reply, config: config, secret: secret).emitted)
    }

    // MARK: Asking

    @Test func `the request carries the conversation, the tools and the settings in the server's words`() throws {
        let request: JSON = [
            "messages": [
                ["role": "user", "content": "Is Tuesday free?"],
                [
                    "role": "assistant", "content": "",
                    "tool_calls": [["id": "t1", "name": "free", "arguments": ["day": "Tuesday"]]],
                ],
                ["role": "tool", "tool_call_id": "t1", "content": "yes"],
            ],
            "tools": [["name": "free", "description": "Is a day free?", "parameters": ["type": "object"]]],
            "temperature": 0.5, "max_tokens": 60, "context": ["stage": "start"],
        ]
        let reply = ScriptedServer.Reply(steps: [.piece(chunk(["content": "Yes."], finish: "stop"))])
        let (emitted, requests) = try talk(
            reply,
            request: request,
            config: [
                "api_key_secret": "key", "max_tokens_field": "max_completion_tokens", "extra": ["seed": 1],
                "temperature": 1.5,
            ],
            secret: "sk-test",
            options: ["model": "large"]
        )
        #expect(said(emitted) == "Yes.")
        let sent = try #require(requests.first)
        #expect(sent.head.hasPrefix("POST /v1/chat/completions HTTP/1.1"))
        #expect(sent.head.lowercased().contains("authorization: bearer sk-test"))
        let call: JSON = [
            "id": "t1", "type": "function", "function": ["name": "free", "arguments": #"{"day":"Tuesday"}"#],
        ]
        let body: JSON = [
            "model": "large", "stream": true, "stream_options": ["include_usage": true], "temperature": 0.5,
            "max_completion_tokens": 60, "seed": 1,
            "messages": [
                ["role": "user", "content": "Is Tuesday free?"],
                ["role": "assistant", "content": "", "tool_calls": [call]],
                ["role": "tool", "tool_call_id": "t1", "content": "yes"],
            ],
            "tools": [
                [
                    "type": "function",
                    "function": [
                        "name": "free", "description": "Is a day free?", "parameters": ["type": "object"],
                    ],
                ]
            ],
        ]
        #expect(sent.body == body)
    }

    @Test func `without its secret it is refused by name before anything is sent`() throws {
        let reply = ScriptedServer.Reply(steps: [])
        let (emitted, requests) = try talk(reply, config: ["api_key_secret": "key"])
        let failure = try failure(emitted)
        #expect(failure.message.contains("secret key"))
        #expect(!failure.isRetryable)
        #expect(requests.isEmpty)
    }

    // MARK: Streams

    @Test func `pieces, comments, usage without choices and the end come as they should`() throws {
        let usage = #"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#
        let reply = ScriptedServer.Reply(steps: [
            .piece(": waiting\n\n"), .piece(chunk(["role": "assistant", "content": ""])),
            .piece(chunk(["content": "Good "])), .piece(":\n\n"), .piece(chunk(["content": "morning."])),
            .piece(chunk(["content": nil])), .piece(chunk([:], finish: "stop")), .piece(usage + "\n\n"),
            .piece("data: [DONE]\n\n"),
        ])
        #expect(
            try talk(reply).emitted == [
                .text("Good ", item: 3, isFinal: false), .text("morning.", item: 3, isFinal: false),
                .json(["usage": ["input_tokens": 9, "output_tokens": 2]], item: 3), .done(3), .end,
            ]
        )
    }

    @Test func `bytes may come one by one, in the middle of characters, with CR LF and without spaces`() throws {
        let text =
            "data:" + #"{"choices":[{"index":0,"delta":{"content":"Grüße, 東京 🚲"}}]}"# + "\r\n\r\n"
            + chunk([:], finish: "stop").replacing("\n", with: "\r\n") + "data: [DONE]"
        let reply = ScriptedServer.Reply(steps: text.utf8.map { .bytes([$0]) })
        #expect(said(try talk(reply).emitted) == "Grüße, 東京 🚲")
    }

    @Test func `the end may lack its mark, but not its reason`() throws {
        let whole = ScriptedServer.Reply(steps: [
            .piece(chunk(["content": "Yes."])), .piece(chunk([:], finish: "stop")),
        ])
        #expect(try talk(whole).emitted.suffix(2) == [.done(3), .end])
        let half = ScriptedServer.Reply(steps: [.piece(chunk(["content": "Yes, I"]))])
        let (emitted, _) = try talk(half)
        #expect(said(emitted) == "Yes, I")
        #expect(try failure(emitted).isRetryable)
        let cut = ScriptedServer.Reply(steps: [.piece(chunk(["content": "Yes, I"])), .cut])
        #expect(try failure(talk(cut).emitted).isRetryable)
        let late = ScriptedServer.Reply(steps: [.piece(chunk(["content": "Yes."], finish: "stop")), .cut])
        #expect(try talk(late).emitted.suffix(2) == [.done(3), .end])
    }

    @Test(arguments: [
        #"data: {"error":{"message":"overloaded","type":"server_error"}}"#, #"{"error":"overloaded"}"#,
        #"data: {"error":"overloaded"}"#,
    ])
    func `an error in the midst of a stream ends it with its words`(line: String) throws {
        let reply = ScriptedServer.Reply(steps: [.piece(chunk(["content": "Well"])), .piece(line + "\n\n")])
        let (emitted, _) = try talk(reply)
        #expect(said(emitted) == "Well")
        #expect(try failure(emitted).message.contains("overloaded"))
        #expect(try failure(emitted).isRetryable)
    }

    @Test func `an event that is no JSON is malformed`() throws {
        let failure = try failure(talk(.init(steps: [.piece("data: {oops\n\n")])).emitted)
        #expect(failure.code == .malformed)
    }

    @Test func `a server that does not stream is understood too`() throws {
        let reply = ScriptedServer.Reply(
            headers: ["content-type: application/json"],
            steps: [
                .piece(#"{"choices":[{"index":0,"message":{"content":"All at "#),
                .piece(#"once."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#),
            ]
        )
        let (emitted, _) = try talk(reply)
        #expect(said(emitted) == "All at once.")
        #expect(emitted.suffix(2) == [.done(3), .end])
    }

    @Test func `parts of text are said, other parts are not`() throws {
        let content: JSON = [["type": "thinking", "thinking": [["type": "text"]]], ["type": "text", "text": "Yes."]]
        let reply = ScriptedServer.Reply(steps: [.piece(chunk(["content": content], finish: "stop"))])
        #expect(said(try talk(reply).emitted) == "Yes.")
    }

    // MARK: Tools

    @Test func `fragments of tool calls are put together by their index`() throws {
        func fragment(_ index: Int64, _ arguments: String, id: String? = nil, name: String? = nil) -> String {
            var function: JSONObject = ["arguments": .string(arguments)]
            if let name { function["name"] = .string(name) }
            var call: JSONObject = ["index": .int(index), "function": .object(function)]
            if let id { call["id"] = .string(id) }
            return chunk(["tool_calls": [.object(call)]])
        }
        let reply = ScriptedServer.Reply(steps: [
            .piece(fragment(0, "", id: "a", name: "book")), .piece(fragment(0, #"{"day":"#)),
            .piece(fragment(1, "", id: "b", name: "look_up")), .piece(fragment(0, #""Tuesday"}"#)),
            .piece(chunk([:], finish: "tool_calls")), .piece("data: [DONE]\n\n"),
        ])
        let calls: JSON = [
            "tool_calls": [
                ["id": "a", "name": "book", "arguments": ["day": "Tuesday"]],
                ["id": "b", "name": "look_up", "arguments": [:]],
            ]
        ]
        #expect(try talk(reply).emitted == [.json(calls, item: 3), .done(3), .end])
    }

    @Test func `tool calls without an index or an id are whole, and arguments that are no JSON are malformed`() throws {
        let one: JSON = ["function": ["name": "one", "arguments": ["a": 1]]]
        let two: JSON = ["function": ["name": "two", "arguments": "{}"]]
        let reply = ScriptedServer.Reply(steps: [.piece(chunk(["tool_calls": [one, two]], finish: "tool_calls"))])
        let calls: JSON = [
            "tool_calls": [
                ["id": "call_1", "name": "one", "arguments": ["a": 1]],
                ["id": "call_2", "name": "two", "arguments": [:]],
            ]
        ]
        #expect(try talk(reply).emitted.first == .json(calls, item: 3))
        let broken: JSON = ["index": 0, "id": "x", "function": ["name": "one", "arguments": "{"]]
        let bad = ScriptedServer.Reply(steps: [.piece(chunk(["tool_calls": [broken]], finish: "tool_calls"))])
        #expect(try failure(talk(bad).emitted).code == .malformed)
    }

    // MARK: Refusals

    @Test func `a full server is tried again after the time it names, an empty purse is not`() throws {
        let slow = #"{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#
        let busy = try refusal(429, slow, headers: ["retry-after: 9", "retry-after-ms: 1500"])
        #expect(busy.isRetryable)
        #expect(busy.retryAfter == .milliseconds(1500))
        #expect(busy.message.contains("slow down"))
        #expect(try refusal(429, slow, headers: ["retry-after: 2"]).retryAfter == .seconds(2))
        #expect(try refusal(429, slow, headers: ["retry-after: 3600"]).retryAfter == nil)
        let poor = #"{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}"#
        #expect(!(try refusal(429, poor).isRetryable))
        #expect(try refusal(429, poor).code == .refused)
    }

    @Test func `a date in retry-after is understood`() throws {
        var now = time(nil) + 30
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        let date = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let wait = try #require(refusal(503, "busy", headers: ["retry-after: \(date)"]).retryAfter)
        #expect(wait > .seconds(27) && wait <= .seconds(30))
    }

    @Test(arguments: [
        (400, false), (401, false), (403, false), (404, false), (408, true), (409, true), (422, false), (500, true),
        (502, true), (503, true), (504, true), (529, true),
    ])
    func `only what may pass is tried again`(status: Int, isRetryable: Bool) throws {
        let failure = try refusal(status, #"{"object":"error","message":"no \#(status)","type":"x","code":7}"#)
        #expect(failure.isRetryable == isRetryable)
        #expect(failure.message == "HTTP \(status): no \(status)")
    }

    @Test func `the server's word on retrying counts, and its sentence is found wherever it is`() throws {
        #expect(try refusal(400, "{}", headers: ["x-should-retry: true"]).isRetryable)
        #expect(!(try refusal(500, "{}", headers: ["x-should-retry: false"]).isRetryable))
        let detail = #"{"detail":[{"loc":["body"],"msg":"extra fields","type":"value_error"}]}"#
        #expect(try refusal(422, detail).message == "HTTP 422: extra fields")
        #expect(try refusal(502, "<html>Bad gateway</html>").message == "HTTP 502: <html>Bad gateway</html>")
    }

    @Test func `a key that the server quotes is struck out`() throws {
        let failure = try refusal(401, #"{"error":{"message":"wrong key sk-12345"}}"#, secret: "sk-12345")
        #expect(failure.message == "HTTP 401: wrong key ***")
    }

    @Test func `a server that is not there can be tried again`() throws {
        let bench = try PluginBench()
        try bench.load("llm-openai", config: ["base_url": "http://127.0.0.1:1/v1", "model": "m"])
        let emitted = try bench.run("llm-openai", "patchbay.llm/1") { try $0.push(json: Self.ask, item: 1) }
        #expect(try failure(emitted).code == .unavailable)
        #expect(try failure(emitted).isRetryable)
        #expect(throws: PluginError.self) {
            try bench.load("llm-openai", config: ["base_url": "ftp://x/v1", "model": "m"])
        }
    }

    // MARK: Cancelling

    @Test func `a cancelled reply is done at once and once`() throws {
        let server = ScriptedServer(.init(steps: [.piece(chunk(["content": "I will go on "])), .hang]))
        defer { server.stop() }
        let bench = try PluginBench()
        let base = "http://127.0.0.1:\(server.port)/v1"
        try bench.load("llm-openai", config: ["base_url": .string(base), "model": "m"])
        let emitted = try bench.run("llm-openai", "patchbay.llm/1", until: { $0.contains(.done(1)) }) { stream in
            try stream.push(json: Self.ask, item: 1)
            stream.cancel(item: 1)
            stream.cancel(item: 1)
        }
        #expect(emitted.last == .done(1))
        #expect(emitted.filter { $0 == .done(1) }.count == 1)
    }

    @Test func `a stream that is closed in mid-answer closes the connection`() throws {
        let server = ScriptedServer(.init(steps: [.piece(chunk(["content": "I will go on "])), .hang]))
        defer { server.stop() }
        let bench = try PluginBench()
        let base = "http://127.0.0.1:\(server.port)/v1"
        try bench.load("llm-openai", config: ["base_url": .string(base), "model": "m"])
        let emitted = try bench.run("llm-openai", "patchbay.llm/1", until: { !$0.isEmpty }) { stream in
            try stream.push(json: Self.ask, item: 1)
        }
        #expect(emitted == [.text("I will go on ", item: 1, isFinal: false)])
        for _ in 0..<400 where server.hungUp == 0 { usleep(5000) }
        #expect(server.hungUp == 1)
    }
}
