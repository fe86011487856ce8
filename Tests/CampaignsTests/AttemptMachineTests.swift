import Campaigns
import Core
import JSONKit
import Store
import Testing

struct AttemptMachineTests {
    private static let start = Timestamp(unixMilliseconds: 1_800_000_000_000)

    private static func at(_ seconds: Double) -> Timestamp { start + .milliseconds(Int64(seconds * 1000)) }

    private static func attempt() -> Attempt {
        Attempt(
            id: "att_1",
            campaign: "spring",
            lead: "lead_1",
            list: "l",
            number: "+12125550123",
            callerID: "+12125550100",
            owner: "one",
            decision: [:],
            intendedAt: start,
            due: start + .seconds(20)
        )
    }

    private typealias Told = (fact: AttemptFact, at: Timestamp)

    /// What the facts come to in this order; where they do not, what time makes of them.
    private static func outcome(_ facts: [Told]) -> AttemptOutcome? {
        var machine = AttemptMachine(attempt())
        for told in facts { if let outcome = machine.handle(told.fact, at: told.at) { return outcome } }
        return machine.handle(.time, at: at(10_000))
    }

    private static func status(_ status: String, _ sequence: Int64, sip: Int64? = nil, by: String = "") -> AttemptFact {
        .status(status, carrierCallID: "CA1", sequence: sequence, sipCode: sip, answeredBy: by)
    }

    private static func conversation(
        _ disposition: String,
        turns: Int64 = 3,
        seconds: Int64 = 40,
        greeted: Int64? = 400,
        by: String = ""
    ) -> [Told] {
        var end = AttemptFact.Conclusion(
            call: "call_1",
            disposition: disposition,
            endedAt: at(8 + Double(seconds)),
            duration: .seconds(seconds)
        )
        (end.turns, end.greetedAfter, end.answeredBy) = (turns, greeted.map { .milliseconds($0) }, by)
        var facts: [Told] = [
            (.placed(carrierCallID: "CA1"), at(0.3)), (status("initiated", 0), at(0.5)),
            (status("ringing", 1), at(2)), (status("in-progress", 2), at(8)), (.begun(call: "call_1"), at(8.1)),
        ]
        if let greeted { facts.append((.greeted, at(8 + Double(greeted) / 1000))) }
        if !by.isEmpty { facts.append((.detected(by), at(10))) }
        facts.append((.concluded(end), at(9 + Double(seconds))))
        facts.append((status("completed", 3, sip: 200, by: by), at(8.5 + Double(seconds))))
        return facts
    }

    private static func unanswered(_ final: String, sip: Int64?) -> [Told] {
        [
            (.placed(carrierCallID: "CA1"), at(0.3)), (status("initiated", 0), at(0.5)),
            (status("ringing", 1), at(2)), (status(final, 2, sip: sip), at(27)),
        ]
    }

    @Test(arguments: [
        ("busy", 486 as Int64?, "busy"), ("no-answer", 487, "no_answer"), ("canceled", 487, "canceled"),
        ("failed", 404, "invalid"), ("failed", 484, "invalid"), ("failed", 604, "invalid"),
        ("failed", 503, "carrier_error"), ("failed", nil, "carrier_error"),
    ])
    func `a call that nobody answered is what the carrier says`(status: String, sip: Int64?, disposition: String) {
        let outcome = Self.outcome(Self.unanswered(status, sip: sip))
        #expect(outcome?.disposition == disposition)
        #expect(outcome?.isAnsweredByPerson == false)
        #expect(outcome?.rang == .milliseconds(26_700))
        #expect(outcome?.talked == nil)
    }

    @Test func `a conversation is what its agent says`() {
        let outcome = Self.outcome(Self.conversation("sale"))
        #expect(outcome?.disposition == "sale")
        #expect(outcome?.isAnsweredByPerson == true)
        #expect(outcome?.isAbandoned == false)
        #expect(outcome?.greetedAfter == .milliseconds(400))
        #expect(outcome?.rang == .milliseconds(7700))
    }

    @Test(arguments: [
        ("caller_hung_up", 2, 30, 400 as Int64?, "completed"), ("caller_hung_up", 0, 3, 400, "hung_up_early"),
        ("caller_hung_up", 0, 5, nil, "abandoned"), ("caller_hung_up", 0, 1, nil, "hung_up_early"),
        ("technical_failure", 0, 5, nil, "abandoned"), ("do_not_call", 1, 9, 400, "do_not_call"),
    ])
    func `somebody who hangs up has talked, has had no patience, or was abandoned`(
        said: String,
        turns: Int64,
        seconds: Int64,
        greeted: Int64?,
        disposition: String
    ) {
        let facts = Self.conversation(said, turns: turns, seconds: seconds, greeted: greeted)
        let outcome = Self.outcome(facts)
        #expect(outcome?.disposition == disposition)
        #expect(outcome?.isAbandoned == (disposition == "abandoned"))
    }

    @Test func `somebody who was greeted late counts as abandoned, whatever came of it`() {
        let outcome = Self.outcome(Self.conversation("sale", greeted: 2400))
        #expect(outcome?.disposition == "sale")
        #expect(outcome?.isAbandoned == true)
        let prompt = Self.outcome(Self.conversation("sale", greeted: 2000))
        #expect(prompt?.isAbandoned == false)
    }

    @Test func `machines are no people, and nobody has abandoned them`() {
        for (said, by, disposition) in [
            ("voicemail", "machine_start", "machine"), ("message_left", "machine_end_beep", "message_left"),
            ("voicemail", "fax", "fax"),
        ] {
            let outcome = Self.outcome(Self.conversation(said, turns: 0, greeted: nil, by: by))
            #expect(outcome?.disposition == disposition)
            #expect(outcome?.isAnsweredByPerson == false)
            #expect(outcome?.isAbandoned == false)
        }
    }

    @Test func `a person whom the carrier takes for a machine stays one`() {
        let outcome = Self.outcome(Self.conversation("callback", by: "machine_start"))
        #expect(outcome?.disposition == "callback")
        #expect(outcome?.isAnsweredByPerson == true)
    }

    @Test func `the same facts come to the same outcome in any order and however often`() throws {
        var dice = SystemRandomNumberGenerator()
        let stories: [[Told]] =
            [
                Self.conversation("sale"), Self.conversation("do_not_call", turns: 1, greeted: 2600),
                Self.conversation("caller_hung_up", turns: 0, seconds: 6, greeted: nil),
                Self.conversation("voicemail", turns: 0, greeted: nil, by: "machine_start"),
                Self.conversation("voicemail", turns: 0, greeted: nil, by: "fax"),
                Self.conversation("message_left", turns: 0, by: "machine_end_beep"),
            ] + [("busy", 486), ("no-answer", 487), ("failed", 404), ("failed", 503)].map(Self.unanswered)
        for story in stories {
            let expected = try #require(Self.outcome(story))
            for _ in 0..<500 {
                var facts = story
                for fact in story { for _ in 0..<Int.random(in: 0...2, using: &dice) { facts.append(fact) } }
                facts.shuffle(using: &dice)
                let outcome = Self.outcome(facts)
                #expect(outcome?.disposition == expected.disposition)
                #expect(outcome?.isAbandoned == expected.isAbandoned)
                #expect(outcome?.isAnsweredByPerson == expected.isAnsweredByPerson)
                #expect(outcome?.greetedAfter == expected.greetedAfter)
            }
        }
    }

    @Test func `nothing follows the end`() {
        var machine = AttemptMachine(Self.attempt())
        #expect(machine.handle(Self.status("busy", 2, sip: 486), at: Self.at(5)) != nil)
        let over = machine.attempt
        for told in Self.conversation("sale") { #expect(machine.handle(told.fact, at: told.at) == nil) }
        #expect(machine.attempt == over)
    }

    @Test func `an answered call of whose conversation nobody tells is over after a while`() {
        var machine = AttemptMachine(Self.attempt())
        for told in Self.conversation("sale") {
            if case .concluded = told.fact { continue }
            #expect(machine.handle(told.fact, at: told.at) == nil)
        }
        #expect(machine.handle(.time, at: Self.at(60)) == nil)
        let outcome = machine.handle(.time, at: Self.at(109))
        #expect(outcome?.disposition == "interrupted")
        #expect(!Disposition.named("interrupted").isSuccess && !Disposition.named("interrupted").isCompleted)
        #expect(outcome?.isAbandoned == false)
    }

    @Test func `a call that was answered and came to no agent was abandoned`() {
        let outcome = Self.outcome([
            (.placed(carrierCallID: "CA1"), Self.at(0)), (Self.status("in-progress", 2), Self.at(8)),
            (Self.status("completed", 3, sip: 200), Self.at(14)),
        ])
        #expect(outcome?.disposition == "abandoned")
        #expect(outcome?.isAbandoned == true)
        // However soon the host has hung up: nobody was there to greet.
        let short = Self.outcome([
            (.placed(carrierCallID: "CA1"), Self.at(0)), (Self.status("in-progress", 2), Self.at(8)),
            (Self.status("completed", 3, sip: 200), Self.at(8.5)),
        ])
        #expect(short?.disposition == "abandoned" && short?.isAbandoned == true)
    }

    @Test func `a call that the carrier never had is called off, and one that it has told of is not`() {
        var machine = AttemptMachine(Self.attempt())
        let absent = AttemptFact.absent(disposition: "canceled", reason: "the carrier has no such call")
        #expect(machine.handle(absent, at: Self.at(20))?.disposition == "canceled")
        var answered = AttemptMachine(Self.attempt())
        _ = answered.handle(Self.status("in-progress", 2), at: Self.at(8))
        #expect(answered.handle(absent, at: Self.at(20)) == nil)
    }

    @Test func `a status that overtook an earlier one stands`() {
        var machine = AttemptMachine(Self.attempt())
        _ = machine.handle(Self.status("ringing", 1), at: Self.at(3))
        _ = machine.handle(Self.status("initiated", 0), at: Self.at(4))
        #expect(machine.attempt.status == "ringing")
        #expect(machine.attempt.sequence == 1)
        #expect(machine.attempt.placedAt == Self.at(3))
    }
}
