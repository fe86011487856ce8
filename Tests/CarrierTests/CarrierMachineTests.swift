import Core
import JSONKit
import Testing

@testable import Carrier

/// The carrier as a value, in virtual time.
@Suite struct CarrierMachineTests {
    /// Drives a machine to its end; what happened, with the time of each.
    private struct Run {
        var actions: [(at: Int64, action: CarrierAction)] = []
        var now: Int64 = 0

        mutating func give(_ input: CarrierInput, _ machine: inout CarrierMachine) {
            for action in machine.handle(input, at: Timestamp(unixMilliseconds: now)) { actions.append((now, action)) }
        }

        mutating func finish(_ machine: inout CarrierMachine) {
            while let due = machine.nextDue {
                now = due.unixMilliseconds
                give(.time, &machine)
            }
        }

        var news: [(call: Int, news: CallNews)] {
            actions.compactMap { if case .tell(let call, let news) = $0.action { (call, news) } else { nil } }
        }
        var over: [PracticeCall] { actions.compactMap { if case .over(let call) = $0.action { call } else { nil } } }
        var accepted: [Int] { actions.compactMap { if case .accepted(let call, _) = $0.action { call } else { nil } } }
        var refused: [Refusal] { actions.compactMap { if case .refused(let why) = $0.action { why } else { nil } } }
    }

    private func request(_ to: String = "+15005550006", _ change: (inout CallRequest) -> Void = { _ in }) -> CallRequest
    {
        var request = CallRequest(to: to, from: "+15005550100")
        request.events = .all
        change(&request)
        return request
    }

    private func practice(_ document: JSON) throws -> Practice { try Practice(document) }

    @Test func `the same seed gives the same calls, whatever is called in between`() throws {
        func outcomes(_ numbers: [Int], seed: UInt64) -> [String: String] {
            var machine = CarrierMachine(seed: seed)
            var run = Run()
            for number in numbers { run.give(.place(request("+1212555\(1000 + number)")), &machine) }
            run.finish(&machine)
            return Dictionary(
                run.over.map { ($0.request.to, "\($0.persona.name) \($0.status) \($0.duration ?? 0)") }
            ) { $1 }
        }
        let numbers = Array(0..<300)
        let first = outcomes(numbers, seed: 7)
        #expect(outcomes(numbers.reversed(), seed: 7) == first)
        #expect(outcomes(numbers, seed: 8) != first)
        #expect(Set(first.values.map { $0.prefix { $0 != " " } }).count > 6)
    }

    @Test func `a number that is a fax stays one, and a person is not always at home`() {
        var machine = CarrierMachine(seed: 3)
        var run = Run()
        for _ in 0..<6 {
            for number in 0..<200 { run.give(.place(request("+1212555\(1000 + number)")), &machine) }
            run.finish(&machine)
        }
        let byNumber = Dictionary(grouping: run.over, by: \.request.to).mapValues { Set($0.map(\.persona.kind)) }
        #expect(byNumber.values.allSatisfy { !$0.contains(.fax) || $0 == [.fax] })
        #expect(byNumber.values.contains { $0.contains(.ring) && $0.contains(.talk) })
    }

    @Test func `nobody is waited for longer than the caller says`() throws {
        var machine = CarrierMachine(seed: 1)
        var run = Run()
        run.give(.place(request("+15005550005") { $0.timeout = 12 }), &machine)
        run.finish(&machine)
        let call = try #require(run.over.first)
        #expect(call.status == .noAnswer && call.sipCode == 487)
        let rang = try #require(call.ringingAt), ended = try #require(call.endedAt)
        #expect(ended.unixMilliseconds - rang.unixMilliseconds == 12_000)
    }

    @Test func `calls beyond the rate wait their turn, and what is beyond the queue is refused`() throws {
        var machine = CarrierMachine(try practice(["limits": ["calls_per_second": 2, "queue": 5]]), seed: 1)
        var run = Run()
        for _ in 0..<10 { run.give(.place(request("+15005550003")), &machine) }
        #expect(run.refused.count == 4 && run.refused.allSatisfy { $0.status == 429 && $0.code == 20429 })
        run.finish(&machine)
        let begun = run.over.compactMap { $0.begunAt?.unixMilliseconds }.sorted()
        #expect(begun == [0, 500, 1000, 1500, 2000, 2500])
        #expect(machine.figures.queued == 0 && machine.figures.live == 0)
    }

    @Test func `without a queue the excess is refused at once, by rate and by number of calls`() throws {
        let limits: JSON = ["calls_per_second": 3, "concurrent_calls": 2, "queues_excess": false]
        var machine = CarrierMachine(try practice(["limits": limits]), seed: 1)
        var run = Run()
        for number in 0..<3 { run.give(.place(request("+1212555100\(number)")), &machine) }
        run.now = 200
        run.give(.place(request()), &machine)
        #expect(run.accepted.count == 1 && run.refused.count == 3)
        run.now = 1000
        for _ in 0..<2 { run.give(.place(request()), &machine) }
        #expect(run.accepted.count == 2 && machine.figures.mostLive == 2)
    }

    @Test func `a waiting call that is canceled is never begun`() throws {
        var machine = CarrierMachine(try practice(["limits": ["calls_per_second": 1]]), seed: 1)
        var run = Run()
        for _ in 0..<3 { run.give(.place(request("+15005550003")), &machine) }
        run.give(.end(2), &machine)
        run.finish(&machine)
        let second = try #require(run.over.first { $0.number == 2 })
        #expect(second.status == .canceled && second.begunAt == nil)
        #expect(run.over.count == 3)
    }

    @Test func `callbacks are lost, repeated, late and out of order as asked for, with the status of their time`()
        throws
    {
        let faults: JSON = [
            "loses_callback": 0.1, "repeats_callback": 0.2, "delays_callback": 0.3, "callback_delay_s": [1, 60],
        ]
        var machine = CarrierMachine(try practice(["faults": faults]), seed: 5)
        var run = Run()
        for number in 0..<400 { run.give(.place(request("+1212555\(1000 + number)")), &machine) }
        run.finish(&machine)
        let byCall = Dictionary(grouping: run.news, by: \.call).mapValues { $0.map(\.news) }
        let names = byCall.mapValues { $0.map(\.sequence) }
        #expect(names.values.contains { $0 != $0.sorted() })
        #expect(names.values.contains { Set($0).count < $0.count })
        #expect(names.values.contains { !$0.contains(0) })
        for news in byCall.values.joined() where news.event == .ringing { #expect(news.status == .ringing) }
        #expect(run.over.count == run.accepted.count)
    }

    @Test func `machine detection comes before the conversation, or beside it`() throws {
        func order(_ change: (inout CallRequest) -> Void) -> [String] {
            var machine = CarrierMachine(seed: 1)
            var run = Run()
            run.give(.place(request("+15005550005", change)), &machine)
            run.finish(&machine)
            return run.actions.compactMap { entry in
                switch entry.action {
                case .converse: "converse"
                case .detected(_, let verdict, _): verdict
                case .over(let call): call.answeredBy ?? "over"
                default: nil
                }
            }
        }
        #expect(order { _ in } == ["converse", "over"])
        #expect(order { $0.detection = .messageEnd } == ["converse", "machine_end_beep"])
        #expect(
            order {
                $0.detection = .start
                $0.detectsMeanwhile = true
            } == ["converse", "machine_start", "machine_start"]
        )
    }

    @Test func `a number that is called while it is on the phone is counted`() {
        var machine = CarrierMachine(seed: 1)
        var run = Run()
        for _ in 0..<2 { run.give(.place(request()), &machine) }
        run.finish(&machine)
        #expect(machine.figures.overlapping == 1)
        run.give(.place(request()), &machine)
        #expect(machine.figures.overlapping == 1)
    }

    @Test(
        arguments: [
            (#"{"personas": [{"name": "a", "kind": "talkative"}]}"#, "personas[0].kind"),
            (#"{"personas": [{"name": "a", "kind": "talk"}]}"#, "personas: at least one"),
            (#"{"numbers": {"+15005550006": "nobody"}}"#, "numbers.+15005550006"),
            (#"{"numbers": {"12": "busy"}}"#, "numbers.12"),
            (#"{"faults": {"loses_anwser": 0.1}}"#, "did you mean loses_answer"),
            (#"{"dials_s": [3, 1]}"#, "dials_s: must be seconds"),
        ]
    ) func `a document with a mistake is refused by its field`(text: String, hint: String) throws {
        let error = #expect(throws: FieldError.self) { try Practice(try JSON(parsing: text)) }
        let told = error?.description ?? ""
        #expect(told.contains(hint), "\(told)")
    }

    @Test func `numbers by their beginning are somebody, the longest one wins`() throws {
        let practice = try practice(["numbers": ["+1212*": "busy", "+1212555*": "fax"]])
        #expect(practice.persona(for: "+12125550000", seed: 1, attempt: 1).name == "fax")
        #expect(practice.persona(for: "+12121110000", seed: 1, attempt: 1).name == "busy")
    }

    /// The figure that a simulation of a campaign rests on.
    @Test func `thirty thousand calls take seconds, and leave nothing behind`() {
        var machine = CarrierMachine(seed: 9)
        var placed = 0
        var over = 0
        let began = Moment.now()
        while over < 30_000 {
            let now = machine.nextDue ?? Timestamp(unixMilliseconds: 0)
            for case .over in machine.handle(.time, at: now) { over += 1 }
            while placed < 30_000, machine.figures.live < 1000 {
                placed += 1
                let actions = machine.handle(
                    .place(CallRequest(to: "+1\(2_125_550_000 + placed)", from: "+15005550100")),
                    at: now
                )
                for case .refused in actions { over += 1 }
            }
        }
        let seconds = (Moment.now() - began).fractionalSeconds
        #expect(machine.calls.isEmpty && machine.figures.live == 0)
        #expect(seconds < 20, "\(seconds) s")
    }
}
