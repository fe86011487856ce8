import Core
import JSONKit
import Testing

@testable import Calls

@Suite struct AgentDocumentTests {
    private static let smallest: JSON = [
        "name": "a", "stages": [["name": "intro"]],
    ]

    private func problem(_ change: (inout JSONObject) -> Void) -> String? {
        guard case .object(var object) = Self.smallest else { return nil }
        object["intents"] = [["name": "book", "examples": ["I want to book"]]]
        change(&object)
        do {
            _ = try AgentDocument(.object(object))
            return nil
        } catch {
            return error.description
        }
    }

    private func stages(_ stage: JSON) -> (inout JSONObject) -> Void {
        { $0["stages"] = [stage, ["name": "end", "final": "done"]] }
    }

    @Test func `the smallest document has every default`() throws {
        let agent = try AgentDocument(Self.smallest)
        #expect(agent.start == "intro")
        #expect(agent.language == "en-US")
        #expect(agent.turnTaking == TurnTaking())
        #expect(agent.route(.tts) == "tts")
        #expect(agent.recording)
    }

    @Test(arguments: ["front-desk", "night-desk"])
    func `the examples that ship are valid`(_ name: String) throws {
        let folder = #filePath.dropLast("Tests/CallsTests/AgentDocumentTests.swift".count)
        let agent = try AgentDocument(try JSON(parsing: Scratch.read("\(folder)examples/agents/\(name).json")))
        #expect(agent.name == name)
        #expect(agent.retrieves)
        #expect(agent.stages.contains { $0.final != nil })
    }

    @Test func `an unknown member is refused with the nearest one`() {
        #expect(problem { $0["greting"] = "Hello" } == "greting: unknown member; did you mean greeting?")
        #expect(
            problem { $0["turn_taking"] = ["endpontng_ms": 300] }
                == "turn_taking.endpontng_ms: unknown member; did you mean endpointing_ms?"
        )
        #expect(
            problem(stages(["name": "intro", "gaol": "x"])) == "stages[0].gaol: unknown member; did you mean goal?"
        )
    }

    @Test func `a missing or mistyped member is named`() {
        #expect(problem { $0["name"] = nil } == "name: is required (a string)")
        #expect(problem { $0["name"] = "two words" } == "name: must be letters, digits, - and _, is \"two words\"")
        #expect(problem { $0["stages"] = [] } == "stages: needs at least one stage")
        #expect(problem { $0["recording"] = 1 } == "recording: must be true or false, is an integer")
        #expect(
            problem { $0["turn_taking"] = ["endpointing_ms": 50] }
                == "turn_taking.endpointing_ms: is 50; must be from 100 to 5000"
        )
    }

    @Test func `a transition to nowhere is refused`() {
        let way: JSON = ["name": "intro", "transitions": [["on": ["intent": "book"], "to": "edn"]]]
        #expect(problem(stages(way)) == "stages[0].transitions[0].to: no stage is called edn; did you mean end?")
        let intent: JSON = ["name": "intro", "transitions": [["on": ["intent": "boock"], "to": "end"]]]
        #expect(
            problem(stages(intent))
                == "stages[0].transitions[0].on.intent: no intent is called boock; did you mean book?"
        )
    }

    @Test func `a transition has exactly one trigger`() {
        let none: JSON = ["name": "intro", "transitions": [["on": [:], "to": "end"]]]
        let two: JSON = ["name": "intro", "transitions": [["on": ["digit": "1", "after_s": 3], "to": "end"]]]
        let expected =
            "stages[0].transitions[0].on: must have exactly one of intent, digit, after_s, silences, slots, slot, slot_failed, tool, when"
        #expect(problem(stages(none)) == expected)
        #expect(problem(stages(two)) == expected)
        let digit: JSON = ["name": "intro", "transitions": [["on": ["digit": "x"], "to": "end"]]]
        #expect(problem(stages(digit)) == "stages[0].transitions[0].on.digit: must be one of 0 to 9, *, #, A to D")
    }

    @Test func `names used twice or not at all are refused`() {
        #expect(problem { $0["stages"] = [["name": "a"], ["name": "a"]] } == "stages[1].name: a second stage called a")
        #expect(problem { $0["start"] = "intor" } == "start: no stage is called intor; did you mean intro?")
        #expect(
            problem(stages(["name": "intro", "templates": ["bok": "x"]]))
                == "stages[0].templates.bok: no intent is called bok; did you mean book?"
        )
        #expect(
            problem(stages(["name": "intro", "retrieve": true]))
                == "stages[0].retrieve: needs collections, here or in the document"
        )
    }

    @Test func `a final stage leads nowhere`() {
        let stage: JSON = [
            "name": "intro", "final": "done", "transitions": [["on": ["digit": "1"], "to": "end"]],
        ]
        #expect(problem(stages(stage)) == "stages[0].transitions: a final stage has none")
    }

    @Test func `hanging up must come after asking`() {
        #expect(
            problem { $0["turn_taking"] = ["silence_prompt_s": 20, "silence_hangup_s": 10] }
                == "turn_taking.silence_hangup_s: must be more than silence_prompt_s (20)"
        )
    }

    @Test func `a tool that is not built in is refused`() {
        #expect(
            problem { $0["tools"] = [["name": "launch", "parameters": [:]]] }
                == "tools[0].name: launch is not built in, so the tool must have exactly one of http, lookup, crm, transfer, handover"
        )
    }
}
