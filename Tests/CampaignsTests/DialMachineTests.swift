import Campaigns
import Core
import Testing

struct DialMachineTests {
    private static let start = Timestamp(unixMilliseconds: 1_800_000_000_000)

    /// A machine with a clock of its own.
    private struct Bench: ~Copyable {
        var machine: DialMachine
        var now = DialMachineTests.start
        var figures = DialFigures()

        init(_ change: (inout Pace) -> Void = { _ in }) {
            var pace = Pace()
            (pace.concurrent, pace.callsPerSecond) = (100, 10)
            change(&pace)
            machine = DialMachine(pace)
            (figures.isRunning, figures.places) = (true, 10)
        }

        mutating func tick(after seconds: Double = 0.25) -> [DialAction] {
            now = now + .milliseconds(Int64(seconds * 1000))
            return machine.handle(.tick(figures), at: now)
        }

        mutating func tell(_ input: DialInput) -> [DialAction] { machine.handle(input, at: now) }

        /// Claims and places that many.
        mutating func dial(_ ids: [String], latestStart: Timestamp? = nil) -> [DialAction] {
            _ = tick()
            return tell(.claimed(ids.map { .init($0, latestStart: latestStart) }))
        }
    }

    private func over(_ disposition: String, person: Bool = false) -> AttemptOutcome {
        AttemptOutcome(disposition: disposition, isAnsweredByPerson: person)
    }

    @Test func `a tick asks for as many leads as there are places, once`() {
        var bench = Bench()
        #expect(bench.tick() == [.claim(limit: 10, millicallsPerSecond: 10_000)])
        #expect(bench.tick().isEmpty)
        let placed = bench.tell(.claimed([.init("a", latestStart: nil), .init("b", latestStart: nil)]))
        #expect(placed == [.place("a"), .place("b")])
        #expect(bench.tick() == [.claim(limit: 8, millicallsPerSecond: 10_000)])
    }

    @Test func `a call that is over makes room for the next one`() {
        var bench = Bench()
        bench.figures.places = 1
        _ = bench.dial(["a"])
        _ = bench.tell(.placed("a"))
        #expect(bench.tick().isEmpty)
        _ = bench.tell(.status("a", "in-progress"))
        #expect(bench.tick().isEmpty)
        _ = bench.tell(.ended("a", over("sale", person: true)))
        #expect(bench.tick() == [.claim(limit: 1, millicallsPerSecond: 10_000)])
    }

    @Test func `a campaign that does not run calls nobody, and live calls finish`() {
        var bench = Bench()
        _ = bench.dial(["queued", "ringing", "talking"])
        for id in ["queued", "ringing", "talking"] { _ = bench.tell(.placed(id)) }
        _ = bench.tell(.status("ringing", "ringing"))
        _ = bench.tell(.status("talking", "in-progress"))
        bench.figures.isRunning = false
        #expect(bench.tick() == [.callOff("queued")])
        #expect(bench.tick().isEmpty)
    }

    @Test func `what is claimed while the campaign is paused is given back`() {
        var bench = Bench()
        _ = bench.tick()
        bench.figures.isRunning = false
        _ = bench.tick()
        let actions = bench.tell(.claimed([.init("a", latestStart: nil)]))
        #expect(actions == [.giveBack("a", reason: "the campaign is not running any more")])
    }

    @Test func `nothing is begun behind its latest start`() {
        var bench = Bench()
        let actions = bench.dial(["a"], latestStart: bench.now)
        #expect(actions == [.giveBack("a", reason: "its window is over")])
    }

    @Test func `a call that still waits at the carrier when its window ends is called off, once`() {
        var bench = Bench()
        let end = bench.now + .seconds(20)
        _ = bench.dial(["a", "b"], latestStart: end)
        _ = bench.tell(.placed("a"))
        _ = bench.tell(.placed("b"))
        _ = bench.tell(.status("b", "ringing"))
        #expect(!bench.tick(after: 15).contains(.callOff("a")))
        let actions = bench.tick(after: 10)
        #expect(actions.contains(.callOff("a")))
        #expect(!actions.contains(.callOff("b")))
        #expect(!bench.tick().contains(.callOff("a")))
    }

    // MARK: Doubt

    @Test func `an answer that broke is asked about before anything else, and never placed again`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        #expect(bench.tell(.refused("a", .unknown(reason: "the connection broke"))).isEmpty)
        #expect(bench.tick(after: 2).contains(.ask("a")))
        // The carrier's list lags behind: once is not enough.
        #expect(bench.tell(.absent("a")).isEmpty)
        #expect(!bench.tick(after: 5).contains(.ask("a")))
        #expect(bench.tick(after: 9).contains(.ask("a")))
        #expect(bench.tell(.absent("a")) == [.giveBack("a", reason: "the carrier has no such call")])
    }

    @Test func `a doubtful call that is found goes on`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        _ = bench.tell(.refused("a", .unknown(reason: "")))
        #expect(bench.tick(after: 2).contains(.ask("a")))
        _ = bench.tell(.status("a", "ringing"))
        for _ in 0..<100 { #expect(!bench.tick().contains { $0 == .ask("a") || $0 == .place("a") }) }
    }

    @Test func `a carrier that cannot be asked leaves the doubt for as long as it takes`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        _ = bench.tell(.refused("a", .unknown(reason: "")))
        var asked = 0
        for _ in 0..<3600 {
            for action in bench.tick(after: 1) {
                #expect(action != .giveBack("a", reason: "the carrier has no such call"))
                if action == .ask("a") {
                    asked += 1
                    _ = bench.tell(.unreachable("a"))
                }
            }
        }
        // Once a minute in the end.
        #expect((50...80).contains(asked))
    }

    @Test func `attempts of a host that died are asked about at once`() {
        var bench = Bench()
        #expect(bench.tell(.inherited("intended", status: nil, latestStart: nil)).isEmpty)
        #expect(bench.tick().contains(.ask("intended")))
        #expect(bench.tell(.inherited("placed", status: "ringing", latestStart: nil)) == [.ask("placed")])
        // They take their places.
        #expect(bench.machine.ringing == 2)
    }

    @Test func `a call that was known is not given back because a list lags`() {
        var bench = Bench()
        #expect(bench.tell(.inherited("a", status: "ringing", latestStart: nil)) == [.ask("a")])
        #expect(bench.tell(.absent("a")).isEmpty)
        #expect(bench.tick(after: 3).contains(.ask("a")))
        #expect(bench.tell(.absent("a")).isEmpty)
        #expect(bench.tick(after: 14).contains(.ask("a")))
        #expect(bench.tell(.absent("a")) == [.giveBack("a", reason: "the carrier has no such call")])
    }

    @Test func `a call of which nothing is heard is asked about`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        _ = bench.tell(.placed("a"))
        _ = bench.tell(.status("a", "ringing"))
        #expect(!bench.tick(after: 30).contains(.ask("a")))
        #expect(bench.tick(after: 31).contains(.ask("a")))
    }

    // MARK: Trouble

    @Test func `a congested carrier slows the campaign down, and the same attempt is tried again`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        #expect(bench.tell(.refused("a", .congested(retryAfter: .seconds(8)))).isEmpty)
        #expect(bench.tick(after: 4).isEmpty)
        let actions = bench.tick(after: 5)
        #expect(actions.first == .place("a"))
        #expect(actions.last == .claim(limit: 9, millicallsPerSecond: 5083))
    }

    @Test func `what the carrier cannot take for two minutes is given back`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        var actions = [DialAction.place("a")]
        for _ in 0..<20 {
            if actions.contains(.giveBack("a", reason: "the carrier is congested")) { return }
            if actions.contains(.place("a")) {
                _ = bench.tell(.refused("a", .congested(retryAfter: .seconds(15))))
            }
            actions = bench.tick(after: 16)
        }
        Issue.record("it was never given back")
    }

    @Test func `calls that wait at the carrier slow the campaign down`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        _ = bench.tell(.placed("a"))
        _ = bench.tick(after: 6)
        #expect(bench.machine.throttle.level == 0.5)
    }

    @Test func `more than ten failures in fifty calls pause the campaign, once`() {
        var bench = Bench()
        let ids = (0..<60).map { "a\($0)" }
        _ = bench.dial(ids)
        var pauses: [DialAction] = []
        for (index, id) in ids.enumerated() {
            _ = bench.tell(.placed(id))
            pauses += bench.tell(.ended(id, over(index % 4 == 0 ? "carrier_error" : "no_answer")))
        }
        #expect(pauses == [.pause(reason: "13 of the last 50 calls failed by the carrier's fault")])
        #expect(bench.tick().isEmpty)
    }

    @Test func `ten failures in fifty are borne`() {
        var bench = Bench()
        let ids = (0..<50).map { "a\($0)" }
        _ = bench.dial(ids)
        for (index, id) in ids.enumerated() {
            #expect(bench.tell(.ended(id, over(index % 5 == 0 ? "carrier_error" : "busy"))).isEmpty)
        }
    }

    @Test func `a carrier that refuses for good pauses the campaign at once, and the lead is given back`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        let actions = bench.tell(.refused("a", .refused(reason: "credentials")))
        #expect(actions == [.giveBack("a", reason: "credentials"), .pause(reason: "the carrier refuses: credentials")])
    }

    @Test func `somebody who has put it right resumes the campaign, slowly and with a clean slate`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        _ = bench.tell(.refused("a", .refused(reason: "credentials")))
        bench.figures.isRunning = false
        _ = bench.tick()
        bench.figures.isRunning = true
        #expect(bench.tick() == [.claim(limit: 10, millicallsPerSecond: 1000)])
    }

    @Test func `a campaign that is resumed before its pause was noticed goes on all the same`() async throws {
        var bench = Bench()
        _ = bench.dial(["a"])
        _ = bench.tell(.refused("a", .refused(reason: "credentials")))
        // It never was seen to be paused.
        #expect(bench.tick(after: 1).isEmpty)
        #expect(bench.tick(after: 5) == [.claim(limit: 10, millicallsPerSecond: 1000)])
    }

    // MARK: The end

    @Test func `a campaign without leads is complete when its last call is over`() {
        var bench = Bench()
        _ = bench.dial(["a"])
        _ = bench.tell(.placed("a"))
        bench.figures.isExhausted = true
        #expect(!bench.tick().contains(.complete))
        _ = bench.tell(.claimed([]))
        _ = bench.tell(.ended("a", over("sale", person: true)))
        #expect(bench.tick() == [.complete])
        #expect(bench.tick().isEmpty)
    }
}
