import Core
import Testing

@testable import Routes

@Suite struct RouteMachineTests {
    private func moment(_ milliseconds: Int64) -> Moment { Moment(microseconds: milliseconds * 1000) }

    private func machine(tries: Int = 1, total: Duration? = nil) -> RouteMachine {
        let wait = Duration.milliseconds(tries > 1 ? 1000 : 100)
        let first = Step(plugin: "a", tries: tries, first: wait, next: .milliseconds(50), total: total)
        let second = Step(plugin: "b", tries: 1, first: .milliseconds(200), next: .milliseconds(100))
        return RouteMachine(steps: [first, second])
    }

    /// A machine whose first step is open and has been pushed one whole item at 0 ms.
    private func asked(tries: Int = 1, total: Duration? = nil) -> RouteMachine {
        var machine = machine(tries: tries, total: total)
        _ = machine.handle(.began(1), at: moment(0))
        _ = machine.handle(.opened(), at: moment(0))
        _ = machine.handle(.complete(1), at: moment(0))
        return machine
    }

    @Test func `nothing is opened before there is an item`() {
        let machine = machine()
        #expect(machine.wakeAt == nil)
        #expect(machine.isOpen == false)
    }

    @Test func `the first item opens the first step and is pushed once it is open`() {
        var machine = machine()
        #expect(machine.handle(.began(1), at: moment(0)) == [.open(step: 0)])
        #expect(machine.handle(.opened(), at: moment(0)) == [.replay([.init(item: 1, delivered: 0)])])
        #expect(machine.handle(.began(2), at: moment(1)) == [])
    }

    @Test func `a provider that never answers loses the item to the next step`() {
        var machine = asked()
        #expect(machine.wakeAt == moment(100))
        #expect(machine.handle(.due, at: moment(99)) == [])
        #expect(
            machine.handle(.due, at: moment(100))
                == [.timedOut(step: 0, item: 1, .first), .fallBack(from: 0, to: 1), .open(step: 1)]
        )
        #expect(machine.handle(.opened(), at: moment(101)) == [.replay([.init(item: 1, delivered: 0)])])
        #expect(machine.wakeAt == moment(300))
    }

    @Test func `a provider that stalls between two pieces is left, and what it delivered is told`() {
        var machine = asked()
        _ = machine.handle(.progress(1), at: moment(60))
        _ = machine.handle(.progress(1), at: moment(70))
        #expect(machine.wakeAt == moment(120))
        #expect(machine.handle(.due, at: moment(120)).first == .timedOut(step: 0, item: 1, .next))
        #expect(machine.handle(.opened(), at: moment(121)) == [.replay([.init(item: 1, delivered: 2)])])
    }

    @Test func `a provider that answers for ever meets the limit of the whole`() {
        var machine = asked(total: .milliseconds(130))
        for time in stride(from: Int64(40), through: 120, by: 40) { _ = machine.handle(.progress(1), at: moment(time)) }
        #expect(machine.wakeAt == moment(130))
        #expect(machine.handle(.due, at: moment(130)).first == .timedOut(step: 0, item: 1, .total))
    }

    @Test func `no deadline runs while the input of an item is not complete`() {
        var machine = machine()
        _ = machine.handle(.began(1), at: moment(0))
        _ = machine.handle(.opened(), at: moment(0))
        _ = machine.handle(.progress(1), at: moment(40))
        #expect(machine.wakeAt == nil)
        _ = machine.handle(.complete(1), at: moment(5000))
        #expect(machine.wakeAt == moment(5100))
    }

    @Test func `the clock of an item that waits its turn starts when the one before is done`() {
        var machine = asked()
        _ = machine.handle(.began(2), at: moment(1))
        _ = machine.handle(.complete(2), at: moment(1))
        _ = machine.handle(.progress(1), at: moment(90))
        _ = machine.handle(.finished(1), at: moment(120))
        #expect(machine.wakeAt == moment(220))
        _ = machine.handle(.finished(2), at: moment(150))
        #expect(machine.wakeAt == nil)
        #expect(machine.isIdle == true)
    }

    @Test func `a retryable failure is tried again after a pause, and only as often as the step says`() throws {
        var machine = asked(tries: 2)
        #expect(machine.handle(.failed(retryable: true, retryAfter: nil), at: moment(10)) == [])
        // Half of 100 ms, and a part of the other half that differs from session to session.
        let wakeAt = machine.wakeAt
        let again = try #require(wakeAt)
        #expect(again >= moment(60))
        #expect(again <= moment(110))
        #expect(machine.handle(.due, at: again) == [.open(step: 0)])
        _ = machine.handle(.opened(), at: again)
        #expect(
            machine.handle(.failed(retryable: true, retryAfter: nil), at: moment(120))
                == [.fallBack(from: 0, to: 1), .open(step: 1)]
        )
    }

    @Test func `a failure that a retry cannot help goes straight to the next step`() {
        var machine = asked(tries: 3)
        #expect(
            machine.handle(.failed(retryable: false, retryAfter: nil), at: moment(10))
                == [.fallBack(from: 0, to: 1), .open(step: 1)]
        )
    }

    @Test func `who asks to be left alone for long is passed over`() {
        var machine = asked(tries: 3)
        #expect(
            machine.handle(.failed(retryable: true, retryAfter: .seconds(60)), at: moment(10))
                == [.fallBack(from: 0, to: 1), .open(step: 1)]
        )
    }

    @Test func `with no step left the items are given up and the next one starts at the beginning`() {
        var machine = asked()
        _ = machine.handle(.began(2), at: moment(1))
        _ = machine.handle(.failed(retryable: false, retryAfter: nil), at: moment(10))
        #expect(machine.handle(.failed(retryable: false, retryAfter: nil), at: moment(20)) == [.giveUp([1, 2])])
        #expect(machine.wakeAt == nil)
        #expect(machine.handle(.began(3), at: moment(30)) == [.open(step: 0)])
    }

    @Test func `a superseded generation is opened again without being blamed`() {
        var machine = asked()
        _ = machine.handle(.progress(1), at: moment(10))
        #expect(machine.handle(.superseded(), at: moment(20)) == [.open(step: 0)])
        #expect(machine.handle(.opened(), at: moment(21)) == [.replay([.init(item: 1, delivered: 1)])])
        #expect(machine.step == 0)
    }

    @Test func `a plugin that is superseded without end is a failing plugin`() {
        var machine = asked()
        for _ in 0..<3 {
            #expect(machine.handle(.superseded(), at: moment(20)) == [.open(step: 0)])
            _ = machine.handle(.opened(), at: moment(20))
        }
        #expect(machine.handle(.superseded(), at: moment(20)) == [.fallBack(from: 0, to: 1), .open(step: 1)])
    }

    @Test func `a stream that dies while nobody waits is opened again by the next item`() {
        var machine = asked()
        _ = machine.handle(.finished(1), at: moment(10))
        #expect(machine.handle(.failed(retryable: true, retryAfter: nil), at: moment(20)) == [])
        #expect(machine.handle(.began(2), at: moment(30)) == [.open(step: 0)])
    }

    @Test func `a cancelled item has no deadline and is not pushed again`() {
        var machine = asked()
        _ = machine.handle(.cancelled(1), at: moment(10))
        #expect(machine.wakeAt == nil)
        #expect(machine.handle(.due, at: moment(200)) == [])
        _ = machine.handle(.began(2), at: moment(201))
        _ = machine.handle(.failed(retryable: false, retryAfter: nil), at: moment(202))
        #expect(machine.handle(.opened(), at: moment(203)) == [.replay([.init(item: 2, delivered: 0)])])
    }

    @Test func `the first step is tried again between two items after half a minute`() {
        var machine = asked()
        _ = machine.handle(.failed(retryable: false, retryAfter: nil), at: moment(10))
        _ = machine.handle(.opened(), at: moment(11))
        _ = machine.handle(.finished(1), at: moment(12))
        #expect(machine.handle(.began(2), at: moment(29_000)) == [])
        _ = machine.handle(.finished(2), at: moment(29_100))
        #expect(machine.handle(.began(3), at: moment(30_010)) == [.leave(step: 1), .open(step: 0)])
        #expect(machine.handle(.opened(), at: moment(30_010)) == [.replay([.init(item: 3, delivered: 0)])])
    }

    @Test func `a pause before a retry is not cut short by new items`() {
        var machine = asked(tries: 2)
        _ = machine.handle(.failed(retryable: true, retryAfter: .milliseconds(500)), at: moment(0))
        #expect(machine.handle(.began(2), at: moment(100)) == [])
        #expect(machine.handle(.due, at: moment(499)) == [])
        #expect(machine.handle(.due, at: moment(500)) == [.open(step: 0)])
        #expect(
            machine.handle(.opened(), at: moment(500))
                == [.replay([.init(item: 1, delivered: 0), .init(item: 2, delivered: 0)])]
        )
    }

    @Test func `many sessions do not come back at the same moment`() {
        var pauses: Set<Int64> = []
        for seed in UInt64(0)..<20 {
            let step = Step(plugin: "a", tries: 2)
            var machine = RouteMachine(steps: [step, Step(plugin: "b")], seed: seed)
            _ = machine.handle(.began(1), at: moment(0))
            _ = machine.handle(.opened(), at: moment(0))
            _ = machine.handle(.failed(retryable: true, retryAfter: nil), at: moment(0))
            if let wakeAt = machine.wakeAt { pauses.insert(wakeAt.microseconds) }
        }
        #expect(pauses.count > 15)
        #expect(pauses.allSatisfy { (50_000...100_000).contains($0) })
    }

    @Test func `a retry that would come after the step's time is not waited for`() {
        let steps = [Step(plugin: "a", tries: 3, first: .milliseconds(300)), Step(plugin: "b")]
        var machine = RouteMachine(steps: steps)
        _ = machine.handle(.began(1), at: moment(0))
        _ = machine.handle(.opened(), at: moment(0))
        _ = machine.handle(.complete(1), at: moment(0))
        #expect(
            machine.handle(.failed(retryable: true, retryAfter: nil), at: moment(260))
                == [.fallBack(from: 0, to: 1), .open(step: 1)]
        )
    }

    // MARK: Breakers

    @Test func `a step whose provider is down is passed over at once, and returned to when it is up`() {
        var machine = machine()
        _ = machine.handle(.began(1), at: moment(0))
        #expect(machine.handle(.barred, at: moment(0)) == [.fallBack(from: 0, to: 1), .open(step: 1)])
        _ = machine.handle(.opened(), at: moment(0))
        _ = machine.handle(.finished(1), at: moment(10))
        #expect(machine.handle(.began(2, first: .barred), at: moment(20)) == [])
        _ = machine.handle(.finished(2), at: moment(30))
        #expect(machine.handle(.began(3, first: .free), at: moment(40)) == [.leave(step: 1), .open(step: 0)])
    }

    @Test func `an item in flight leaves a provider that turns out to be down`() {
        var machine = asked()
        machine.patience = .milliseconds(40)
        #expect(machine.wakeAt == moment(40))
        #expect(machine.handle(.due, at: moment(40)) == [.suspect(step: 0)])
        #expect(machine.wakeAt == moment(80))
        #expect(
            machine.handle(.barred, at: moment(40)) == [.leave(step: 0), .fallBack(from: 0, to: 1), .open(step: 1)]
        )
        #expect(machine.handle(.opened(), at: moment(40)) == [.replay([.init(item: 1, delivered: 0)])])
    }

    @Test func `the last step is asked whatever its breaker says`() {
        var machine = asked()
        _ = machine.handle(.failed(retryable: false, retryAfter: nil), at: moment(10))
        #expect(machine.handle(.barred, at: moment(10)) == [])
    }

    // MARK: Second opinions

    /// Asked at 0 ms; the next step is to be asked too after 40 ms.
    private func hedged() -> RouteMachine {
        let first = Step(plugin: "a", first: .milliseconds(100), next: .milliseconds(50), hedge: .milliseconds(40))
        let second = Step(plugin: "b", first: .milliseconds(200), next: .milliseconds(100))
        var machine = RouteMachine(steps: [first, second], hedges: true)
        _ = machine.handle(.began(1), at: moment(0))
        _ = machine.handle(.opened(), at: moment(0))
        _ = machine.handle(.complete(1), at: moment(0))
        return machine
    }

    @Test func `a late answer brings in the next step, and the first to speak goes on alone`() {
        var machine = hedged()
        #expect(machine.wakeAt == moment(40))
        #expect(machine.handle(.due, at: moment(40)) == [.open(step: 1, .hedge)])
        #expect(machine.handle(.opened(.hedge), at: moment(40)) == [.replay([.init(item: 1, delivered: 0)], .hedge)])
        #expect(machine.handle(.progress(1, .hedge), at: moment(60)) == [.fallBack(from: 0, to: 1), .adopt(step: 1)])
        #expect(machine.step == 1)
        #expect(machine.wakeAt == moment(160))
    }

    @Test func `the first step that speaks after all sends the second one home`() {
        var machine = hedged()
        _ = machine.handle(.due, at: moment(40))
        _ = machine.handle(.opened(.hedge), at: moment(40))
        #expect(machine.handle(.progress(1), at: moment(60)) == [.drop])
        #expect(machine.handle(.finished(1), at: moment(70)) == [])
        #expect(machine.step == 0)
    }

    @Test func `a first step that dies while the second is asked loses nothing more`() {
        var machine = hedged()
        _ = machine.handle(.due, at: moment(40))
        _ = machine.handle(.opened(.hedge), at: moment(40))
        #expect(
            machine.handle(.failed(retryable: true, retryAfter: nil), at: moment(50))
                == [.fallBack(from: 0, to: 1), .adopt(step: 1)]
        )
        #expect(machine.wakeAt == moment(240))
    }

    @Test func `a second step that dies is not asked beside the first again`() {
        var machine = hedged()
        _ = machine.handle(.due, at: moment(40))
        #expect(machine.handle(.failed(.hedge, retryable: true, retryAfter: nil), at: moment(40)) == [])
        #expect(machine.handle(.due, at: moment(60)) == [])
        #expect(machine.wakeAt == moment(100))
    }

    @Test func `cancelling an item sends both home`() {
        var machine = hedged()
        _ = machine.handle(.due, at: moment(40))
        _ = machine.handle(.opened(.hedge), at: moment(40))
        #expect(machine.handle(.cancelled(1), at: moment(50)) == [.drop])
        #expect(machine.wakeAt == nil)
    }

    @Test func `an item that finds out whether a provider is up does not wait for it long`() {
        var machine = RouteMachine(steps: [Step(plugin: "a"), Step(plugin: "b")], hedges: true)
        machine.patience = .milliseconds(150)
        _ = machine.handle(.began(1), at: moment(0))
        _ = machine.handle(.opened(.main, .probe), at: moment(0))
        _ = machine.handle(.complete(1), at: moment(0))
        #expect(machine.wakeAt == moment(150))
        #expect(machine.handle(.due, at: moment(150)).contains(.open(step: 1, .hedge)))
    }
}
