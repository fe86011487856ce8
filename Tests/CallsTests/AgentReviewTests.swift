import JSONKit
import Testing

@testable import Calls

@Suite struct AgentReviewTests {
    private static let document: JSON = [
        "name": "desk", "greeting": "Hello.",
        "intents": [["name": "book", "examples": ["I want to book"]], ["name": "bye", "examples": ["goodbye"]]],
        "slots": [
            ["name": "size", "type": "choice", "values": ["small", "large"], "ask": "Which size?"],
            ["name": "people", "type": "integer", "ask": "How many?", "min": 1, "max": 8],
        ],
        "tools": [["name": "look", "lookup": ["collection": "handbook"]], ["name": "set_slot"]],
        "stages": [
            [
                "name": "intro", "tools": ["look", "set_slot"], "slots": ["size", "people"],
                "transitions": [
                    ["on": ["intent": "book"], "to": "end"], ["on": ["when": "people > 4"], "to": "end"],
                    ["on": ["intent": "bye"], "to": "end"],
                ],
            ],
            ["name": "end", "final": "done", "templates": ["default": "For {people}. {answer}"], "retrieve": true],
        ],
        "collections": ["handbook"],
    ]

    private static func change(_ body: (inout JSONObject) -> Void) -> [AgentFinding] {
        var object = document.object ?? [:]
        body(&object)
        return AgentReview.findings(on: .object(object))
    }

    /// The first stage with some members exchanged.
    private static func intro(_ members: JSONObject) -> [AgentFinding] {
        change { object in
            var stages = object["stages"]?.array ?? []
            var first = stages[0].object ?? [:]
            for (name, value) in members { first[name] = value }
            stages[0] = .object(first)
            object["stages"] = .array(stages)
        }
    }

    @Test func `a document that is as it should be has no findings`() {
        #expect(Self.change { _ in } == [])
    }

    @Test func `a document that is refused has the one error that refuses it`() {
        let findings = Self.change { $0["start"] = "introo" }
        #expect(findings.map(\.severity) == [.error])
        #expect(findings.first?.path == "start")
    }

    @Test func `stages that are never entered, or never left, are told`() {
        let extra = Self.change {
            $0["stages"] = .array(($0["stages"]?.array ?? []) + [["name": "attic", "final": "x"]])
        }
        #expect(extra.map(\.path) == ["stages[2]"])
        #expect(extra.first?.problem.contains("never entered") == true)
        let stuck = Self.intro(["transitions": [["on": ["intent": "book"], "to": "intro"]]])
        #expect(stuck.contains { $0.path == "stages[0]" && $0.problem.contains("nothing leads out") })
        let circle = Self.change { object in
            object["stages"] = [
                ["name": "one", "transitions": [["on": ["intent": "book"], "to": "two"]]],
                ["name": "two", "transitions": [["on": ["intent": "bye"], "to": "one"]]],
            ]
        }
        #expect(circle.filter { $0.problem.contains("comes to an end") }.map(\.path) == ["stages[0]", "stages[1]"])
    }

    @Test(
        arguments: [
            (["templates": ["default": "For {poeple}."]], "stages[0].templates.default", "did you mean {people}?"),
            (["templates": ["default": "So {answer}."]], "stages[0].templates.default", "retrieve"),
            (["enter": [["say": "For {size} and {seize}."]]], "stages[0].enter[0].say", "did you mean {size}?"),
            (["enter": [["transfer": "{phone}"]]], "stages[0].enter[0].transfer", "{phone} is no slot"),
            (
                ["enter": [["tool": "look", "arguments": ["query": "{wish}"]]]], "stages[0].enter[0].arguments",
                "{wish} is no slot"
            ),
        ] as [(JSONObject, String, String)]
    )
    func `a name in braces that is no slot is told`(members: JSONObject, path: String, words: String) {
        let findings = Self.intro(members)
        #expect(findings.map(\.path) == [path])
        #expect(findings.first?.problem.contains(words) == true)
    }

    @Test func `what is declared and not used is told`() {
        let findings = Self.change { object in
            object["tools"] = .array((object["tools"]?.array ?? []) + [["name": "note", "crm": [:]]])
            object["slots"] = .array((object["slots"]?.array ?? []) + [["name": "day", "type": "date"]])
            object["intents"] = .array((object["intents"]?.array ?? []) + [["name": "eat", "examples": ["GOODBYE"]]])
        }
        #expect(findings.map(\.path).sorted() == ["intents[2].examples[0]", "slots[2]", "tools[2]"])
    }

    @Test func `a slot that nobody can fill is told`() {
        let findings = Self.change { object in
            object["slots"] = .array((object["slots"]?.array ?? []) + [["name": "wish"]])
            var stage = object["stages"]?[0]?.object ?? [:]
            (stage["slots"], stage["tools"]) = (["size", "wish"], ["look"])
            object["stages"] = .array([.object(stage)] + (object["stages"]?.array ?? []).dropFirst())
        }
        #expect(findings.contains { $0.path == "stages[0].slots[1]" && $0.problem.contains("set_slot") })
    }

    // MARK: Transitions

    @Test(
        arguments: [
            (["silences": 3], "two silences"), (["after_s": 2000], "max_duration_s"),
            (["when": "people > 8"], "never be true"),
            (["when": "people >= 0 or not filled(people)"], "always true"),
            (["when": "size == 'tiny'"], "never be true"), (["when": "weekday > 7"], "never be true"),
            (["when": "hour < 9 and hour > 17"], "never be true"), (["when": "hour < 9 or hour >= 9"], "always true"),
            (["when": "stage == 'end'"], "never be true"), (["when": "intent == 'eat'"], "never be true"),
            (["when": "people > 2 and people < 3"], "never be true"),
            (["when": "filled(size) and not filled(size)"], "never be true"),
            (["when": "size in ['tiny', 'huge']"], "never be true"),
        ] as [(JSON, String)]
    )
    func `a way that can never be taken, or always is, is told`(on: JSON, words: String) {
        let findings = Self.intro([
            "transitions": [
                ["on": on, "to": "end"], ["on": ["intent": "book"], "to": "end"],
                ["on": ["intent": "bye"], "to": "end"],
            ]
        ])
        #expect(findings.first?.path.hasPrefix("stages[0].transitions[0].on") == true)
        #expect(findings.first?.problem.contains(words) == true, "\(findings)")
    }

    @Test(
        arguments: [
            "people > 7", "people > 2 and people < 4", "hour < 9 or hour > 17", "weekday in [6, 7]", "not filled(size)",
            "size == 'LARGE'", "turns > 3 and intent == 'book'", "caller == '+1'", "confidence < 0.5",
            "people == turns",
        ]
    )
    func `a condition that depends on the call is not complained of`(condition: String) {
        let findings = Self.intro([
            "transitions": [
                ["on": ["when": .string(condition)], "to": "end"], ["on": ["intent": "book"], "to": "end"],
                ["on": ["intent": "bye"], "to": "end"],
            ]
        ])
        #expect(findings == [])
    }

    @Test(
        arguments: [
            (["on": ["intent": "book"], "min_confidence": 0.9, "to": "end"], true),
            (["on": ["digit": "1"], "to": "end"], false),
            (["on": ["intent": "book"], "min_confidence": 0.2, "to": "end"], false),
        ] as [(JSON, Bool)]
    )
    func `a way behind one that is always taken first is told`(way: JSON, isShadowed: Bool) {
        let findings = Self.intro([
            "transitions": [["on": ["intent": "book"], "to": "end"], ["on": ["intent": "bye"], "to": "end"], way]
        ])
        #expect(findings.map(\.path) == (isShadowed ? ["stages[0].transitions[2].on"] : []))
    }

    @Test(arguments: ["appointment", "lead-qualification", "payment-reminder", "front-desk", "night-desk"])
    func `the example agents have no findings`(name: String) throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = Scratch.read("/\(folder)/examples/agents/\(name).json")
        #expect(AgentReview.findings(on: try JSON(parsing: text)) == [])
    }
}
