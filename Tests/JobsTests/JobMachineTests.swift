import Core
import JSONKit
import Store
import Testing

@testable import Jobs

/// What becomes of a job, without a store, a host or a clock.
@Suite struct JobMachineTests {
    private let start = Timestamp(unixMilliseconds: 1_000_000)

    private func later(_ seconds: Int64) -> Timestamp { Timestamp(unixMilliseconds: 1_000_000 + seconds * 1000) }

    private func machine(_ change: (inout JobManner) -> Void = { _ in }) -> JobMachine {
        var manner = JobManner()
        change(&manner)
        return JobMachine(Job(Job.Key("review", "call_1"), due: start, made: start), manner)
    }

    @Test func `a job is queued, runs, and is done with its effects`() throws {
        var machine = machine()
        #expect(try machine.handle(.claimed(by: "a"), at: start).map(\.topic) == [.jobStarted])
        #expect(machine.job.state == .running)
        let effect = Event(.callReviewed, key: "call_1", id: machine.job.eventID("call.reviewed"))
        let events = try machine.handle(.succeeded(by: "a", result: ["ok": true], events: [effect]), at: later(2))
        #expect(events.map(\.topic) == [.callReviewed, .jobDone])
        #expect(events[1].data["seconds"]?.double == 2)
        #expect(machine.job.state == .done)
        #expect(machine.job.result == ["ok": true])
    }

    @Test func `what may pass is tried again after growing waits, and has failed after the last try`() throws {
        var machine = machine { ($0.tries, $0.first, $0.longest) = (4, .seconds(8), .seconds(16)) }
        var (now, waits, last): (Timestamp, [Int64], [Event]) = (start, [], [])
        while !machine.job.state.isOver {
            _ = try machine.handle(.claimed(by: "a"), at: now)
            last = try machine.handle(.failed(by: "a", JobFailure("away", isRetryable: true)), at: now)
            if machine.job.state == .queued {
                waits.append(machine.job.due.unixMilliseconds - now.unixMilliseconds)
                now = machine.job.due
            }
        }
        #expect(waits.count == 3)
        #expect((4000...8000).contains(waits[0]) && (8000...16_000).contains(waits[1]))
        #expect((8000...16_000).contains(waits[2]), "no wait grows beyond the longest")
        #expect(machine.job.state == .failed && machine.job.error == "away")
        #expect(last.map(\.topic) == [.jobFailed] && last[0].data["error"] == "away")
    }

    @Test func `what cannot pass has failed at once, and what the far side asks for is waited`() throws {
        var machine = machine()
        _ = try machine.handle(.claimed(by: "a"), at: start)
        let asked = JobFailure("busy", isRetryable: true, retryAfter: .seconds(3600))
        #expect(try machine.handle(.failed(by: "a", asked), at: start) == [])
        #expect(machine.job.due == later(3600))
        _ = try machine.handle(.claimed(by: "a"), at: later(3600))
        _ = try machine.handle(.failed(by: "a", JobFailure("no such call", isRetryable: false)), at: later(3600))
        #expect(machine.job.state == .failed)
    }

    @Test func `a job belongs to its host until the lease is over, and a sign of life renews it`() throws {
        var machine = machine { $0.lease = .seconds(30) }
        _ = try machine.handle(.claimed(by: "a"), at: start)
        #expect(throws: Refusal.self) { try machine.handle(.claimed(by: "b"), at: later(29)) }
        _ = try machine.handle(.beat(by: "a"), at: later(20))
        #expect(throws: Refusal.self) { try machine.handle(.claimed(by: "b"), at: later(49)) }
        _ = try machine.handle(.claimed(by: "b"), at: later(50))
        #expect(machine.job.owner == "b" && machine.job.attempts == 2)
        for input in [JobMachine.Input.beat(by: "a"), .succeeded(by: "a", result: [:], events: []), .released(by: "a")]
        {
            #expect(throws: Refusal.self, "the first host has lost it") { try machine.handle(input, at: later(51)) }
        }
    }

    @Test func `a clock that jumps does not take a job from its own host`() throws {
        var machine = machine()
        _ = try machine.handle(.claimed(by: "a"), at: start)
        #expect(try machine.handle(.claimed(by: "a"), at: later(86_400)) == [])
        #expect(machine.job.attempts == 1 && machine.job.due > later(86_400))
    }

    @Test func `a job that kills every host ends as failed, but not one that comes on`() throws {
        var machine = machine { $0.tries = 3 }
        for number in 0..<3 { _ = try machine.handle(.claimed(by: "\(number)"), at: later(Int64(number) * 60)) }
        let events = try machine.handle(.claimed(by: "3"), at: later(180))
        #expect(events.map(\.topic) == [.jobFailed])
        #expect(machine.job.error.contains("host died"))

        var slow = self.machine { $0.tries = 3 }
        for number in 0..<9 {
            let (host, time) = ("\(number)", later(Int64(number) * 60))
            _ = try slow.handle(.claimed(by: host), at: time)
            _ = try slow.handle(.advanced(by: host, done: Int64(number + 1), total: 9, token: .null), at: time)
        }
        #expect(slow.job.state == .running && slow.job.done == 9)
    }

    @Test func `a host that stops lets its jobs go without a fault, and the next one goes on at the token`() throws {
        var machine = machine()
        _ = try machine.handle(.claimed(by: "a"), at: start)
        _ = try machine.handle(.advanced(by: "a", done: 2, total: 5, token: ["piece": 2]), at: later(1))
        _ = try machine.handle(.released(by: "a"), at: later(2))
        #expect(machine.job.state == .queued && machine.job.attempts == 0 && machine.job.due == later(2))
        _ = try machine.handle(.claimed(by: "b"), at: later(2))
        #expect(machine.job.token == ["piece": 2] && machine.job.done == 2)
    }

    @Test func `a cancelled job is over, and what its host still brings is left out`() throws {
        var machine = machine()
        _ = try machine.handle(.claimed(by: "a"), at: start)
        #expect(try machine.handle(.cancelled, at: later(1)).map(\.topic) == [.jobCancelled])
        #expect(throws: Refusal.self) {
            try machine.handle(.succeeded(by: "a", result: [:], events: []), at: later(2))
        }
        #expect(throws: Refusal.self) { try machine.handle(.cancelled, at: later(2)) }
    }

    @Test func `a job wanted again is another run, whose events have identifiers of their own`() throws {
        var machine = machine()
        _ = try machine.handle(.claimed(by: "a"), at: start)
        let first = machine.job.eventID("call.reviewed")
        #expect(first == machine.job.eventID("call.reviewed"))
        _ = try machine.handle(.succeeded(by: "a", result: ["ok": true], events: []), at: later(1))
        _ = try machine.handle(.wanted(input: nil), at: later(2))
        #expect(machine.job.state == .queued && machine.job.run == 2 && machine.job.result == .null)
        #expect(machine.job.eventID("call.reviewed") != first)
        _ = try machine.handle(.wanted(input: nil), at: later(3))
        #expect(machine.job.run == 2, "what waits already is not asked for twice")
    }
}
