import Core
import JSONKit
import Testing

@testable import Calls

/// What an agent knows of whom the host has called.
@Suite struct LeadTests {
    private static let lead: JSONObject = [
        "name": "Ada", "age": "34", "tier": "Gold", "email": "ada@example.org", "gone": "",
    ]

    private func order(_ fields: JSONObject = lead) -> CallOrder {
        CallOrder(attempt: "att_1", campaign: "spring", lead: "lead_1", fields: fields)
    }

    private func rehearsal(
        order: CallOrder?,
        _ change: (inout JSONObject) -> Void = { _ in }
    ) throws -> Rehearsal {
        try Rehearsal(change, direction: .outbound, order: order)
    }

    @Test(
        arguments: [
            ("Hello {lead.name}.", "Hello Ada."), ("Hello {lead.name|there}.", "Hello Ada."),
            ("Hello {lead.first|there}.", "Hello there."), ("Hello{lead.first}.", "Hello."),
            ("Hello {lead.gone|you}.", "Hello you."), ("Hello {lead.name} {other}.", "Hello Ada {other}."),
        ]
    ) func `the greeting says what is known, or what stands behind the bar`(greeting: String, spoken: String) throws {
        let call = try rehearsal(order: order()) { $0["greeting"] = .string(greeting) }
        call.take(.connected)
        #expect(call.spoken == [spoken])
    }

    @Test func `on a call that came in nothing is known, and nothing is read out in braces`() throws {
        let call = try Rehearsal({ $0["greeting"] = "Hello {lead.name|there}." })
        call.take(.connected)
        #expect(call.spoken == ["Hello there."])
    }

    @Test func `the model is told all of it, and instructions may name it`() throws {
        let call = try rehearsal(order: order()) { $0["instructions"] = "You talk to {lead.name}." }
        call.begin()
        call.say("what does it cost")
        let prompt = try #require(call.prompt)
        #expect(prompt["context"]?["lead"]?["tier"] == "Gold")
        let system = try #require(prompt["messages"]?[0]?["content"]?.string)
        #expect(system.hasPrefix("You talk to Ada.") && system.contains(#""age":"34""#))
    }

    @Test(
        arguments: [
            (#"lead.tier == "gold""#, true), (#"lead.tier == "silver""#, false), ("lead.age >= 18", true),
            ("lead.age > 34", false), ("18 <= lead.age", true), (#"lead.tier in ["gold", "silver"]"#, true),
            ("filled(lead.email)", true), ("filled(lead.phone)", false), ("filled(lead.gone)", false),
            (#"lead.phone == "1""#, false), ("lead.name > 3", false), ("lead.age in [33, 34]", true),
        ]
    ) func `conditions see it`(condition: String, holds: Bool) throws {
        var slots = Slots()
        slots.lead = Self.lead
        let parsed = try Condition(condition, slots: [], path: "when")
        #expect(parsed.holds { slots[$0] } == holds)
        let nothing = Slots()
        #expect(!parsed.holds { nothing[$0] })
    }

    @Test(arguments: ["lead.age", "lead.tier and true", "lead. == 1", "leader.name == \"x\"", "lead.age == true"])
    func `a condition that makes no sense of it is refused`(condition: String) {
        #expect(throws: FieldError.self) { try Condition(condition, slots: [], path: "when") }
    }

    @Test func `a slot takes over what is known, if it is a value for it, and is not asked for`() throws {
        func stages(_ object: inout JSONObject) {
            object["slots"] = [
                ["name": "email", "type": "email", "ask": "What is your address?"],
                ["name": "day", "type": "date", "ask": "Which day?"],
            ]
            object["stages"] = [
                [
                    "name": "intro", "slots": ["email", "day"],
                    "enter": [["set": ["email": "{lead.email}"]], ["set": ["day": "{lead.tier}"]]],
                ]
            ]
            object["greeting"] = "Hello."
        }
        let call = try rehearsal(order: order(), stages)
        call.begin()
        #expect(call.events(.slotFilled) == [["slot": "email", "value": "ada@example.org", "by": "document"]])
        let unknown = try rehearsal(order: order([:]), stages)
        unknown.begin()
        #expect(unknown.events(.slotFilled).isEmpty)
    }

    @Test func `an agent that names it is checked without complaint`() throws {
        let document: JSON = [
            "name": "caller", "greeting": "Hello {lead.name|there}.",
            "voicemail": ["action": "leave_message", "message": "{lead.name}, call us."],
            "stages": [
                [
                    "name": "intro", "templates": ["default": "I see, {lead.name}."],
                    "transitions": [
                        ["on": ["when": #"lead.tier == "gold""#], "to": "end"], ["on": ["after_s": 9], "to": "end"],
                    ],
                ], ["name": "end", "final": "done"],
            ],
        ]
        #expect(AgentReview.findings(on: document).isEmpty, "\(AgentReview.findings(on: document))")
    }

    // MARK: Events

    @Test func `the first sound of the agent is told, counted from the answer, once`() throws {
        let answered = Moment(microseconds: 400_000)
        let call = try Rehearsal({ _ in }, direction: .outbound, order: order(), answeredAt: answered)
        call.begin()
        // Connected at 1,000 ms, 11 ms until it plays, 40 ms later the first sound.
        #expect(call.events(.callGreeted).count == 1)
        #expect(call.events(.callGreeted).first?["greeted_ms"]?.double == 651)
        call.say("what does it cost")
        call.answer("Ten pounds.")
        call.hearAll()
        #expect(call.events(.callGreeted).count == 1)
        call.take(.lineClosed(reason: "gone"))
        let ended = try #require(call.events(.callEnded).first)
        #expect(ended["greeted_ms"]?.double == 651 && ended["attempt_id"] == "att_1" && ended["lead_id"] == "lead_1")
    }

    @Test func `a call that ends before the agent was heard tells of no greeting`() throws {
        let call = try rehearsal(order: order())
        call.take(.connected)
        call.take(.lineClosed(reason: "gone"))
        #expect(call.events(.callGreeted).isEmpty && call.events(.callEnded).first?["greeted_ms"] == nil)
    }

    @Test func `what a call was placed for outlives its host`() throws {
        let order = order()
        #expect(CallOrder(order.json) == order && CallOrder(["campaign": "x"]) == nil)
    }

    @Test func `a fax is hung up on, also where a machine was heard before and awaited its beep`() throws {
        func leavesMessage(_ object: inout JSONObject) {
            object["voicemail"] = ["action": "leave_message", "message": "Please call us back."]
        }
        let call = try rehearsal(order: order(), leavesMessage)
        call.begin()
        call.take(.answeredBy(.machine, source: "audio"))
        call.take(.answeredBy(.fax, source: "carrier"))
        #expect(call.events(.dispositionSet).first?["disposition"] == "fax")
    }
}
