import Core
import JSONKit
import Testing

@testable import Calls

/// Slots, ways, actions and tools, as the document asks for them.
@Suite struct FlowTests {
    private static let tools: JSON = [
        [
            "name": "offers", "http": ["url": "https://example.org/offers/{day}"], "filler": "One moment.",
            "parameters": ["type": "object", "required": ["day"], "properties": ["day": ["type": "string"]]],
            "results": ["time": "offers.0.time"],
        ],
        ["name": "colleague", "transfer": ["to": "+15005550100"]],
        ["name": "billing", "handover": ["agent": "billing"]],
    ]

    private func call(_ stages: JSON, slots: JSON = [], tools: JSON = tools) throws -> Rehearsal {
        let call = try Rehearsal {
            $0["stages"] = stages
            $0["slots"] = slots
            $0["tools"] = tools
            $0["collections"] = nil
        }
        call.begin()
        return call
    }

    private func say(_ call: Rehearsal, _ text: String, _ intent: String = "ask", _ confidence: Double = 0.3) {
        call.open()
        call.close()
        call.transcribe(text)
        call.label(intent, confidence)
    }

    private static let slots: JSON = [
        ["name": "day", "type": "date", "ask": "Which day?", "ask_again": "Sorry, which day?", "tries": 2],
        ["name": "people", "type": "integer", "ask": "How many are you?", "min": 1, "max": 8],
        ["name": "time", "type": "time"],
    ]

    private static let booking: JSON = [
        [
            "name": "intro", "slots": ["day", "people"], "templates": ["ask": "We are open daily."],
            "transitions": [
                ["on": ["slot_failed": "day"], "to": "help", "say": "Let me get somebody."],
                ["on": ["when": "people > 6"], "to": "help", "say": "For {people} I need help."],
                ["on": ["slots": "filled"], "to": "done", "say": "See you on {day}, all {people}."],
            ],
        ],
        ["name": "help"], ["name": "done", "final": "booked"],
    ]

    // MARK: Slots

    @Test func `what is missing is asked for, one after the other, and the way opens when all is known`() throws {
        let call = try call(Self.booking, slots: Self.slots)
        #expect(call.spoken.isEmpty)
        say(call, "a table please")
        #expect(call.spoken == ["Which day?"])
        call.hearAll()
        say(call, "on the fifth of May 2027")
        #expect(call.spoken == ["How many are you?"])
        call.hearAll()
        say(call, "four")
        #expect(call.spoken.first?.hasSuffix("all 4.") == true)
        #expect(call.stage == "done")
        #expect(call.events(.slotFilled).map { $0["slot"] } == ["day", "people"])
        call.hearAll()
        #expect(call.isOver)
        #expect(call.events(.callEnded).first?["slots"]?["people"] == 4)
    }

    @Test func `several answers in one sentence are all taken`() throws {
        let call = try call(Self.booking, slots: Self.slots)
        say(call, "a table")
        call.hearAll()
        say(call, "next Tuesday, and the number is not decided")
        #expect(call.spoken == ["How many are you?"])
    }

    @Test func `the words that lead to a stage answer what it asks, once`() throws {
        let call = try call(
            [
                ["name": "intro", "transitions": [["on": ["intent": "book"], "to": "first"]]],
                ["name": "first", "slots": ["day"], "transitions": [["on": ["slots": "filled"], "to": "second"]]],
                ["name": "second", "slots": ["until"]],
            ],
            slots: [
                ["name": "day", "type": "date", "ask": "Which day?"],
                ["name": "until", "type": "date", "ask": "Until which day?"],
            ],
            tools: []
        )
        say(call, "a room for the fifth of May 2027", "book", 0.9)
        #expect(call.events(.slotFilled).map { $0["slot"] } == ["day"])
        #expect(call.stage == "second")
        #expect(call.spoken == ["Until which day?"])
    }

    @Test func `an answer that is none is asked again, and at last given up on`() throws {
        let call = try call(Self.booking, slots: Self.slots)
        say(call, "hello")
        call.hearAll()
        say(call, "whenever", "bye", 0.2)
        #expect(call.spoken == ["Sorry, which day?"])
        call.hearAll()
        say(call, "any", "bye", 0.2)
        #expect(call.spoken == ["Let me get somebody."])
        #expect(call.stage == "help")
    }

    @Test func `a value out of bounds is no value`() throws {
        let call = try call(Self.booking, slots: Self.slots)
        say(call, "tomorrow")
        call.hearAll()
        say(call, "twenty", "bye", 0.2)
        #expect(call.spoken == ["How many are you?"])
        #expect(call.events(.slotFilled).count == 1)
    }

    @Test func `a question of the caller's is answered before the slot is asked for again`() throws {
        let call = try call(Self.booking, slots: Self.slots)
        say(call, "hello")
        call.hearAll()
        say(call, "when are you open", "ask", 0.9)
        #expect(call.reply != 0)
        call.answer("We are open daily.")
        #expect(
            call.all.compactMap { if case .speak(_, let text) = $0 { text } else { nil } }.suffix(2) == [
                "We are open daily.", "Which day?",
            ]
        )
        call.hearAll()
        say(call, "tomorrow then")
        #expect(call.spoken == ["How many are you?"])
    }

    @Test func `a condition takes its way, with the values in its words`() throws {
        let call = try call(Self.booking, slots: Self.slots)
        say(call, "tomorrow")
        call.hearAll()
        say(call, "seven")
        #expect(call.spoken == ["For 7 I need help."])
        #expect(call.events(.stageEntered).last?["by"] == "condition")
    }

    @Test func `keys answer too, until the hash or three seconds of none`() throws {
        let call = try call(Self.booking, slots: Self.slots)
        say(call, "tomorrow")
        call.hearAll()
        call.take(.digit("4"))
        #expect(call.stage == "intro")
        #expect(call.armed(.keys) == .seconds(3))
        call.take(.digit("#"))
        #expect(call.stage == "done")
        let late = try self.call(Self.booking, slots: Self.slots)
        say(late, "tomorrow")
        late.hearAll()
        late.take(.digit("4"))
        late.take(.timer(.keys), after: 3000)
        #expect(late.stage == "done")
    }

    @Test func `the model is told what to learn and notes it, checked`() throws {
        let call = try call([["name": "intro", "slots": ["time"], "tools": ["set_slot"]]], slots: Self.slots)
        say(call, "some time in the morning would be good")
        #expect(call.prompt?["messages"]?[0]?["content"]?.string?.contains("time (time)") == true)
        let first: JSON = ["id": "1", "name": "set_slot", "arguments": ["name": "time", "value": "rubbish"]]
        call.take(.toolCalls(item: call.reply, [first]))
        call.take(.replyDone(item: call.reply))
        #expect(call.prompt?["messages"]?.array?.last?["content"]?.string?.contains("no time for time") == true)
        let second: JSON = ["id": "2", "name": "set_slot", "arguments": ["name": "time", "value": "09:30"]]
        call.take(.toolCalls(item: call.reply, [second]))
        call.take(.replyDone(item: call.reply))
        #expect(call.events(.slotFilled).last?["value"] == "09:30")
        #expect(call.prompt?["context"]?["slots"]?["time"] == "09:30")
        call.answer("Half past nine it is.")
        call.hearAll()
        #expect(call.transcript.last == "agent: Half past nine it is.")
    }

    // MARK: Tools

    private static let asking: JSON = [
        [
            "name": "intro", "tools": ["offers", "colleague", "end_call"],
            "transitions": [
                ["on": ["tool": "offers", "result": "failed"], "to": "sorry", "say": "Our system is down."]
            ],
        ],
        ["name": "sorry"],
    ]

    private func offers(_ call: Rehearsal, _ arguments: JSON) -> UInt64 {
        say(call, "what is free")
        call.take(.replyPiece(item: call.reply, "Let me look. "))
        call.take(.toolCalls(item: call.reply, [["id": "c1", "name": "offers", "arguments": arguments]]))
        call.take(.replyDone(item: call.reply))
        return call.all.compactMap { if case .runTool(let item, _) = $0 { item } else { nil } }.last ?? 0
    }

    @Test func `a tool's result goes to the model, which goes on, and fills a slot`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        let item = offers(call, ["day": "2026-12-01"])
        let before = call.reply
        call.take(.toolResult(item: item, .answered(["offers": [["time": "10:30"]]])), after: 300)
        #expect(call.reply != before)
        let messages = call.prompt?["messages"]?.array ?? []
        #expect(messages.suffix(2).first?["tool_calls"]?[0]?["id"] == "c1")
        #expect(messages.suffix(2).first?["content"] == "Let me look.")
        #expect(messages.last?["tool_call_id"] == "c1")
        #expect(call.events(.slotFilled).last?["value"] == "10:30")
        #expect(call.events(.toolCalled).last?["ms"] == 300.0)
        call.answer("Half past ten is free.")
        call.hearAll()
        #expect(call.transcript.last == "agent: Let me look. Half past ten is free.")
    }

    @Test func `wrong arguments are told to the model and reach nobody`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        #expect(offers(call, ["date": 5]) == 0)
        #expect(call.prompt?["messages"]?.array?.last?["content"]?.string?.contains("day") == true)
    }

    @Test func `while a slow tool works the caller hears so, once`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        let item = offers(call, ["day": "x"])
        #expect(call.armed(.filler) == .milliseconds(800))
        call.hearAll()
        call.take(.timer(.filler), after: 800)
        #expect(call.spoken == ["One moment."])
        call.take(.toolResult(item: item, .answered([:])), after: 2000)
        #expect(call.armed(.filler) == nil)
    }

    @Test func `a tool that fails takes the way the document has for it`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        let item = offers(call, ["day": "x"])
        call.take(.toolResult(item: item, .failed("HTTP 500")))
        #expect(call.stage == "sorry")
        #expect(call.spoken == ["Our system is down."])
        #expect(call.events(.toolCalled).last?["error"] == "HTTP 500")
    }

    @Test func `a tool that never answers is a failure in the end`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        _ = offers(call, ["day": "x"])
        #expect(call.armed(.tool) == .seconds(6))
        call.take(.timer(.tool), after: 6000)
        #expect(call.stage == "sorry")
    }

    @Test func `a model that only calls tools is stopped after some rounds`() throws {
        let call = try call([["name": "intro", "tools": ["offers"]]], slots: Self.slots)
        say(call, "what is free")
        for round in 0..<12 {
            call.take(
                .toolCalls(item: call.reply, [["id": .string("c\(round)"), "name": "nothing", "arguments": [:]]])
            )
            call.take(.replyDone(item: call.reply))
        }
        let asked = call.all.filter { if case .ask = $0 { true } else { false } }.count
        #expect(asked <= 6)
        #expect(
            call.all.contains { if case .speak(_, let text) = $0 { text.contains("cannot answer") } else { false } }
        )
    }

    @Test func `an interruption withdraws the tools, and a late result changes nothing`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        let item = offers(call, ["day": "x"])
        call.hearAll()
        call.open(interrupts: true)
        #expect(call.armed(.tool) == nil)
        call.take(.toolResult(item: item, .failed("HTTP 500")))
        #expect(call.stage == "intro")
    }

    // MARK: Actions

    @Test func `entering a stage does what it says, in order`() throws {
        let stages: JSON = [
            [
                "name": "intro",
                "transitions": [["on": ["intent": "book"], "to": "lookup", "do": [["set": ["day": "2026-12-01"]]]]],
            ],
            [
                "name": "lookup",
                "enter": [["say": "I look at {day}."], ["tool": "offers", "arguments": ["day": "{day}"]]],
                "transitions": [["on": ["tool": "offers"], "to": "offer", "say": "There is {time}."]],
            ],
            ["name": "offer"],
        ]
        let call = try call(stages, slots: Self.slots)
        say(call, "I want to book", "book", 0.9)
        #expect(call.spoken == ["I look at Tuesday the 1st of December."])
        let request = call.all.compactMap {
            if case .runTool(let item, let request) = $0 { (item, request) } else { nil }
        }.last
        #expect(request?.1.arguments == ["day": "2026-12-01"])
        #expect(request?.1.phone == "+1")
        call.take(.toolResult(item: request?.0 ?? 0, .answered(["offers": [["time": "10:30"]]])))
        #expect(call.spoken == ["There is 10:30."])
        #expect(call.stage == "offer")
    }

    @Test func `a transfer waits until what was said has been heard`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        say(call, "a person please")
        call.take(.replyPiece(item: call.reply, "I connect you."))
        call.take(.toolCalls(item: call.reply, [["id": "1", "name": "colleague", "arguments": [:]]]))
        call.take(.replyDone(item: call.reply))
        #expect(!call.all.contains(.transfer(to: "+15005550100")))
        call.hearAll()
        #expect(call.all.contains(.transfer(to: "+15005550100")))
        call.take(.transferred)
        #expect(call.isOver)
        #expect(call.events(.dispositionSet).first?["disposition"] == "transferred")
    }

    @Test func `a transfer that fails is admitted, and the call goes on`() throws {
        let call = try call(Self.asking, slots: Self.slots)
        say(call, "a person please")
        call.take(.toolCalls(item: call.reply, [["id": "1", "name": "colleague", "arguments": [:]]]))
        call.take(.replyPiece(item: call.reply, "I connect you."))
        call.take(.replyDone(item: call.reply))
        call.hearAll()
        call.take(.transferFailed(reason: "busy"))
        #expect(call.spoken == ["I am sorry, I cannot connect you at the moment."])
        call.hearAll()
        #expect(call.state == "listening")
    }

    @Test func `another agent goes on with what was learned`() throws {
        let stages: JSON = [
            [
                "name": "intro",
                "transitions": [
                    [
                        "on": ["intent": "book"], "to": "intro",
                        "do": [["set": ["day": "2026-12-01"]], ["handover": "billing"]], "say": "My colleague goes on.",
                    ]
                ],
            ]
        ]
        let call = try call(stages, slots: Self.slots)
        say(call, "book", "book", 0.9)
        call.hearAll()
        #expect(call.all.contains(.handOver(agent: "billing")))
        let billing = try AgentDocument([
            "name": "billing", "greeting": "Billing for {day}.", "slots": [["name": "day", "type": "date"]],
            "stages": [["name": "bills"]],
        ])
        call.take(.handedOver(billing))
        #expect(call.spoken == ["Billing for Tuesday the 1st of December."])
        #expect(call.actions.contains(.reopen))
        #expect(call.stage == "bills")
    }

    @Test func `a circle of open ways comes to an end`() throws {
        let stages: JSON = [
            ["name": "intro", "transitions": [["on": ["when": "turns > 0"], "to": "other"]]],
            ["name": "other", "transitions": [["on": ["when": "turns > 0"], "to": "intro"]]],
        ]
        let call = try call(stages, tools: [])
        say(call, "hello")
        #expect(call.events(.stageEntered).count < 12)
        #expect(call.reply != 0)
    }

    // MARK: Bad documents

    private static let badStages: [(JSONObject, String)] = [
        (["slots": ["dya"]], "stages[0].slots[0]: no slot is called dya; did you mean day?"),
        (["enter": [["say": "a", "end": "b"]]], "must have exactly one of"),
        (["enter": [["set": ["people": "many"]]]], "is no integer for this slot"),
        (["enter": [["transfer": "5"]]], "must be +49301234567"),
        (["transitions": [["on": ["slot": "people", "is": "x"], "to": "intro"]]], "can never be the value of people"),
        (["transitions": [["on": ["tool": "offer"], "to": "intro"]]], "no tool is called offer; did you mean offers?"),
        (["transitions": [["on": ["when": "dya == \"x\""], "to": "intro"]]], "column 1"),
        (["transitions": [["on": ["slot_failed": "time"], "to": "intro"]]], "no slot of this stage is called time"),
    ]

    @Test(arguments: badStages)
    func `a flow that cannot work is refused with its place`(stage: JSONObject, reason: String) throws {
        var stage = stage
        stage["name"] = "intro"
        let document: JSON = ["name": "x", "slots": Self.slots, "tools": Self.tools, "stages": [.object(stage)]]
        do {
            _ = try AgentDocument(document)
            Issue.record("accepted")
        } catch { #expect("\(error)".contains(reason), "\(error)") }
    }
}
