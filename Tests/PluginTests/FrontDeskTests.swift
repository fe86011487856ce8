import JSONKit
import PluginHost
import Testing

/// The example agent and its handbook, through the plugins that a newcomer runs: what the demonstration rests on.
@Suite struct FrontDeskTests {
    private let bench: PluginBench
    private let agent: JSON
    /// Heading and text of the handbook's sections.
    private let sections: [(heading: String, text: String)]

    init() throws {
        bench = try PluginBench()
        for name in ["embedder-hash", "intent-examples", "llm-templates"] { try bench.load(name) }
        agent = try TestData.json("../examples/agents/front-desk.json")
        let handbook = try Files.read(TestData.path("../examples/documents/handbook.md"))
        sections = handbook.split(separator: "## ").dropFirst().map { section in
            let lines = section.split(separator: "\n")
            return (String(lines[0]), lines.dropFirst().joined(separator: " "))
        }
    }

    private func embed(_ texts: [String]) throws -> [[Float]] {
        let emitted = try bench.run("embedder-hash", "patchbay.embedder/1") { stream in
            for (index, text) in texts.enumerated() {
                try stream.push(text: text, item: UInt64(index + 1))
                try stream.done(item: UInt64(index + 1))
            }
            try stream.end()
        }
        return emitted.compactMap { if case .vector(let vector, _) = $0 { vector } else { nil } }
    }

    private func passages(for question: String) throws -> JSON {
        let vectors = try embed(sections.map { "\($0.heading): \($0.text)" } + [question])
        let wanted = try #require(vectors.last)
        let scores = vectors.dropLast().map { vector in zip(vector, wanted).reduce(0) { $0 + $1.0 * $1.1 } }
        return .array(
            scores.indices.sorted { scores[$0] > scores[$1] }.prefix(3).map { index in
                [
                    "heading": .string(sections[index].heading), "text": .string(sections[index].text),
                    "score": .double(Double(scores[index])),
                    "document": "handbook",
                ]
            }
        )
    }

    private func label(_ text: String) throws -> (name: String, confidence: Double) {
        let options: JSON = ["language": "en-US", "labels": agent["intents"] ?? []]
        let emitted = try bench.run("intent-examples", "patchbay.intent/1", options: options) { stream in
            try stream.push(text: text, item: 1)
            try stream.end()
        }
        guard case .json(let json, _)? = emitted.first else { throw Files.Unreadable(path: "no labels") }
        let best = try #require(json["labels"]?[0])
        return (try #require(best["name"]?.string), try #require(best["confidence"]?.double))
    }

    private func answer(_ question: String, stage: String) throws -> String {
        let intent = try label(question)
        let stage = try #require(agent["stages"]?.array?.first { $0["name"]?.string == stage })
        let context: JSON = [
            "templates": stage["templates"] ?? [:], "passages": try passages(for: question),
            "intent": .string(intent.name), "confidence": .double(intent.confidence),
        ]
        let request: JSON = ["messages": [["role": "user", "content": .string(question)]], "context": context]
        let emitted = try bench.run("llm-templates", "patchbay.llm/1") { stream in
            try stream.push(json: request, item: 1)
            try stream.end()
        }
        return emitted.compactMap { if case .text(let text, _, _) = $0 { text } else { nil } }.joined()
    }

    @Test(arguments: [
        ("how much does a full service cost", "eighty five pounds"), ("what does a flat tire cost", "twelve pounds"),
        ("when are you open", "from Tuesday to Saturday"), ("are you open on Sunday", "it is closed"),
        ("can you lend me a bicycle in the meantime", "lend you another one"),
        ("do you service electric bicycles", "electric bicycles of every brand"),
        ("how long is the warranty", "twelve months"), ("where can I find you", "Mill Lane"),
        ("is there parking at the workshop", "free parking"), ("how much are new brake pads", "twenty pounds"),
        ("what do I need for the loan bike", "identity card"), ("what does a battery check cost", "thirty pounds"),
        // As recognition may hear them.
        ("how much is a full surface cost", "eighty five pounds"),
        ("when are you open and", "from Tuesday to Saturday"),
    ])
    func `a question is answered from the handbook`(question: String, words: String) throws {
        #expect(try answer(question, stage: "question").contains(words))
        #expect(try answer(question, stage: "booking").contains(words))
    }

    @Test(arguments: ["do you sell helmets", "how is the weather in Spain", "who is the queen of England"])
    func `what the handbook does not say is not answered`(question: String) throws {
        #expect(try answer(question, stage: "question").contains("I do not know that"))
    }

    @Test(arguments: [
        ("I would like to book a repair", "book_repair"), ("my bicycle needs to be repaired", "book_repair"),
        ("how much does a full service cost", "question"), ("when are you open", "question"),
        ("on Thursday morning please", "details"), ("the gears are broken", "details"),
        ("no that is all thank you goodbye", "goodbye"), ("okay thank you bye", "goodbye"),
        // As recognition may hear them.
        ("i would like to buy a repair", "book_repair"), ("how much does a full surface cost", "question"),
        ("know that is all thank you good bye", "goodbye"),
    ])
    func `what callers want is recognised well enough to move on`(text: String, name: String) throws {
        let intent = try label(text)
        #expect(intent.name == name)
        #expect(intent.confidence >= 0.5)
    }
}
