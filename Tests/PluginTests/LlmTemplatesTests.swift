import JSONKit
import PluginHost
import Testing

@Suite struct LlmTemplatesTests {
    private static let passages: JSON = [
        [
            "text":
                "## Full service\nA full service costs eighty five pounds and takes two working days. It covers the brakes, the gears, the wheel bearings\nand a test ride.",
            "score": 0.6, "document": "handbook",
        ],
        [
            "text":
                "## Opening hours\nThe workshop is open from Tuesday to Saturday, from nine in the morning until six in the evening. On Sundays and Mondays it\nis closed.",
            "score": 0.3, "document": "handbook",
        ],
        [
            "text":
                "## Warranty\nOur repairs have a warranty of twelve months. Keep the receipt, it is all we need.",
            "score": 0.2, "document": "handbook",
        ],
    ]

    private static let templates: JSON = [
        "default": "How can I help you?", "no_answer": "I am sorry, I do not know that.",
        "book": "Gladly, {name}. When would you like to come?", "ask": "You asked. {answer}",
    ]

    private func pieces(_ heard: String, context: JSON, after: [JSON] = [], config: JSON = [:]) throws -> [String] {
        let bench = try PluginBench()
        try bench.load("llm-templates", config: config)
        var messages: [JSON] = [["role": "system", "content": "You are kind."]]
        if !heard.isEmpty { messages.append(["role": "user", "content": .string(heard)]) }
        let request: JSON = ["messages": .array(messages + after), "context": context]
        let emitted = try bench.run("llm-templates", "patchbay.llm/1", options: ["language": "en-US"]) { stream in
            try stream.push(json: request, item: 7)
            try stream.end()
        }
        #expect(emitted.suffix(2) == [.done(7), .end])
        return emitted.compactMap { if case .text(let text, 7, _) = $0 { text } else { nil } }
    }

    private func say(_ heard: String, context: JSON, after: [JSON] = []) throws -> String {
        try pieces(heard, context: context, after: after).joined()
    }

    private func asked(_ question: String) throws -> String {
        try say(question, context: ["templates": Self.templates, "passages": Self.passages])
    }

    @Test func `a question is answered with the sentence that covers it`() throws {
        #expect(
            try asked("how much is a full service")
                == "A full service costs eighty five pounds and takes two working days."
        )
        #expect(try asked("are you open on sundays") == "On Sundays and Mondays it is closed.")
        #expect(try asked("is there a guarantee on repairs") == "Our repairs have a warranty of twelve months.")
    }

    @Test func `a sentence that points back brings the one before it`() throws {
        #expect(
            try asked("what does the full service cover")
                == "A full service costs eighty five pounds and takes two working days."
                + " It covers the brakes, the gears, the wheel bearings and a test ride."
        )
    }

    @Test(arguments: [
        "do you sell helmets", "what is the weather in Spain", "who won the football match", "how are you",
    ])
    func `a question that no passage answers gets no invented answer`(question: String) throws {
        #expect(try asked(question) == "I am sorry, I do not know that.")
    }

    @Test func `the intent's template wins, with its slots filled, if the intent is sure enough`() throws {
        let sure: JSON = [
            "templates": Self.templates, "passages": Self.passages, "intent": "book", "confidence": 0.9,
            "slots": ["name": "Ada"],
        ]
        #expect(try say("I want to book", context: sure) == "Gladly, Ada. When would you like to come?")
        var unsure = try #require(sure.object)
        unsure["confidence"] = 0.2
        #expect(try say("hmm", context: .object(unsure)) == "How can I help you?")
    }

    @Test func `a sentence with an unknown slot is left out, and a template of such sentences is not used`() throws {
        let nameless: JSON = ["templates": Self.templates, "intent": "book", "confidence": 0.9]
        #expect(try say("I want to book", context: nameless) == "When would you like to come?")
        let empty: JSON = ["templates": ["book": "Hello {name}.", "default": "Yes?"], "intent": "book"]
        #expect(try say("I want to book", context: empty) == "Yes?")
    }

    @Test func `a template may say where the answer goes`() throws {
        let context: JSON = [
            "templates": Self.templates, "passages": Self.passages, "intent": "ask", "confidence": 0.8,
        ]
        #expect(
            try say("how long is the warranty", context: context)
                == "You asked. Our repairs have a warranty of twelve months. Keep the receipt, it is all we need."
        )
    }

    @Test func `without templates it says that it cannot, and at the start it greets`() throws {
        #expect(try say("what is love", context: [:]) == "I am sorry, I cannot answer that.")
        #expect(try say("", context: ["templates": Self.templates]) == "How can I help you?")
    }

    @Test func `text comes word by word, and after another provider's cut only the rest`() throws {
        let context: JSON = ["templates": ["default": "One two  three."]]
        #expect(try pieces("hello", context: context) == ["One ", "two ", " ", "three."])
        let cut: [JSON] = [["role": "assistant", "content": "One two"], ["role": "system", "content": "Go on."]]
        #expect(try say("hello", context: context, after: cut) == "  three.")
    }

    @Test func `a request without messages ends the stream`() throws {
        let bench = try PluginBench()
        try bench.load("llm-templates")
        let emitted = try bench.run("llm-templates", "patchbay.llm/1") { try $0.push(json: ["message": 1], item: 1) }
        #expect(emitted.last?.isLast == true)
    }
}
