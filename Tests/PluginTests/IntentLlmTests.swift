import JSONKit
import PluginHost
import Testing

@Suite struct IntentLlmTests {
    private static let options: JSON = [
        "language": "en-US",
        "labels": [
            ["name": "book", "examples": ["I want to book", "a table please"]],
            ["name": "cancel", "examples": ["cancel it"]],
        ],
    ]

    private func label(
        _ content: String,
        config: JSONObject = [:],
        text: String = "could I get a table"
    ) throws -> (emitted: [Emitted], requests: [ScriptedServer.Request]) {
        let answer: JSON = ["choices": [["message": ["role": "assistant", "content": .string(content)]]]]
        let server = ScriptedServer(
            .init(headers: ["content-type: application/json"], steps: [.piece(answer.description)])
        )
        defer { server.stop() }
        let bench = try PluginBench()
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1")
        config["model"] = "small"
        try bench.load("intent-llm", config: .object(config))
        let emitted = try bench.run("intent-llm", "patchbay.intent/1", options: Self.options) { stream in
            try stream.push(text: text, item: 1)
            try stream.done(item: 1)
            try stream.end()
        }
        return (emitted, server.requests)
    }

    private func labels(_ emitted: [Emitted]) -> [JSON]? {
        emitted.compactMap { if case .json(let json, item: 1) = $0 { json["labels"]?.array } else { nil } }.first
    }

    @Test func `the likeliest label is first, and confidence is taken with a pinch of salt`() throws {
        let (emitted, requests) = try label(
            #"{"labels":[{"name":"cancel","confidence":0.1},{"name":"book","confidence":1}]}"#,
            config: ["trust": 0.8]
        )
        let found = try #require(labels(emitted))
        #expect(found.map { $0["name"] } == ["book", "cancel"])
        #expect(found[0]["confidence"] == 0.8)
        #expect(emitted.contains(.done(1)))
        let body = try #require(requests.first?.body)
        let schema = body["response_format"]?["json_schema"]?["schema"]
        #expect(
            schema?["properties"]?["labels"]?["items"]?["properties"]?["name"]?["enum"] == ["book", "cancel", "none"]
        )
        #expect(body["messages"]?[0]?["content"]?.string?.contains("a table please") == true)
        #expect(body["messages"]?[1]?["content"] == "could I get a table")
    }

    @Test func `words around the answer and labels that nobody asked for are passed over`() throws {
        let chatty =
            "Sure! ```json\n{\"labels\":[{\"name\":\"weather\",\"confidence\":0.9},{\"name\":\"book\",\"confidence\":7}]}\n```"
        let (emitted, requests) = try label(chatty, config: ["response_format": "none"])
        #expect(labels(emitted)?.map { $0["name"] } == ["book"])
        #expect(labels(emitted)?.first?["confidence"] == 0.9)
        #expect(requests.first?.body["response_format"] == nil)
    }

    @Test func `none of the labels is an answer, no labels are none`() throws {
        #expect(labels(try label(#"{"labels":[{"name":"none","confidence":1}]}"#).emitted) == [])
        let (emitted, _) = try label("I think it is a booking.")
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "\(emitted)") }
        #expect(failure.isRetryable)
        #expect(failure.message.contains("no labels"))
    }

    @Test func `nothing said needs nobody`() throws {
        let (emitted, requests) = try label("{}", text: "  ")
        #expect(labels(emitted) == [])
        #expect(requests.isEmpty)
    }
}
