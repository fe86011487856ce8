import JSONKit
import PluginHost
import Testing

/// What our plugins send, as the vendors' own libraries see it. Skipped where those are not there.
@Suite(.enabled(if: Judge.vendors.isThere, Judge.hint)) struct VendorJudgeTests {
    private static let conversation: JSON = [
        "messages": [
            ["role": "system", "content": "Be brief."], ["role": "user", "content": "Is Tuesday free?"],
            [
                "role": "assistant", "content": "Let me see.",
                "tool_calls": [["id": "t1", "name": "free", "arguments": ["day": "Tuesday"]]],
            ],
            ["role": "tool", "tool_call_id": "t1", "content": "yes"],
        ],
        "tools": [["name": "free", "description": "Is a day free?", "parameters": ["type": "object"]]],
        "temperature": 0.5, "max_tokens": 60, "context": ["stage": "start"],
    ]

    /// The body of the first request that a plugin makes.
    private func asked(
        _ plugin: String,
        _ interface: String,
        _ config: JSONObject,
        options: JSON = [:],
        _ push: @escaping @Sendable (Stream) throws -> Void
    ) throws -> JSON {
        // The plugin's answer does not matter here.
        let server = ScriptedServer(.init(status: 400, headers: [], steps: [.piece("{}")]))
        defer { server.stop() }
        let bench = try PluginBench()
        for secret in ["openai_api_key", "anthropic_api_key", "mistral_api_key", "elevenlabs_api_key"] {
            bench.secret(secret, "sk-1")
        }
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1")
        try bench.load(plugin, config: .object(config))
        _ = try bench.run(plugin, interface, options: options, feed: push)
        return try #require(server.requests.first?.body)
    }

    private func chat(_ plugin: String, _ config: JSONObject) throws -> JSON {
        try asked(plugin, "patchbay.llm/1", config) { stream in
            try stream.push(json: Self.conversation, item: 1)
            try stream.end()
        }
    }

    private func speech(_ plugin: String, _ config: JSONObject) throws -> JSON {
        let options: JSON = ["sample_rate": 8000, "language": "en-US"]
        return try asked(plugin, "patchbay.tts/1", config, options: options) { stream in
            try stream.push(text: "Good morning.", item: 1)
            try stream.done(item: 1)
            try stream.end()
        }
    }

    @Test func `every member of our requests is one of the vendor's, of its type`() throws {
        let openai: JSONObject = ["model": "m", "api_key_secret": "openai_api_key"]
        let bodies: [(judge: String, body: JSON)] = [
            ("openai.chat", try chat("llm-openai", openai)), ("mistral.chat", try chat("llm-mistral", ["model": "m"])),
            ("anthropic.messages", try chat("llm-anthropic", ["model": "m"])),
            ("openai.speech", try speech("tts-openai", [:])),
            ("elevenlabs.speech", try speech("tts-elevenlabs", ["voice_id": "21m00Tcm4TlvDq8ikWAM"])),
            (
                "openai.embedding",
                try asked("embedder-openai", "patchbay.embedder/1", ["encoding_format": "base64"]) { stream in
                    try stream.push(text: "a text", item: 1)
                    try stream.done(item: 1)
                    try stream.end()
                }
            ),
        ]
        let verdicts = try Judge.vendors.verdicts(bodies.map { [$0.judge: $0.body] })
        for ((judge, body), verdict) in zip(bodies, verdicts) {
            #expect(verdict["error"] == nil, "\(judge): \(verdict)")
            #expect(verdict["fields"] == body, "\(judge)")
        }
        #expect(verdicts.count == bodies.count)
    }

    @Test func `a member that no vendor knows is found`() throws {
        let wrong: JSON = ["model": "m", "messages": [["role": "user", "content": "hi"]], "stream": true, "seeds": 1]
        let verdicts = try Judge.vendors.verdicts([["openai.chat": wrong], ["mistral.chat": wrong]])
        #expect(verdicts.allSatisfy { $0["error"] != nil })
        #expect(verdicts.count == 2)
    }
}
