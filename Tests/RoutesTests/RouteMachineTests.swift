import Core
import Testing

@testable import Routes

@Suite struct RouteMachineTests {
    private func moment(_ milliseconds: Int64) -> Moment { Moment(microseconds: milliseconds * 1000) }

    private func machine(tries: Int = 1, total: Duration? = nil) -> RouteMachine {
        let first = Step(plugin: "a", tries: tries, first: .milliseconds(100), next: .milliseconds(50), total: total)
        let second = Step(plugin: "b", tries: 1, first: .milliseconds(200), next: .milliseconds(100))
        return RouteMachine(steps: [first, second])
    }

    /// A machine whose first step is open and has been pushed one whole item at 0 ms.
    private func asked(tries: Int = 1, total: Duration? = nil) -> RouteMachine {
        var machine = machine(tries: tries, total: total)
        _ = machine.handle(.began(1), at: moment(0))
        _ = machine.handle(.opened, at: moment(0))
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
        #expect(machine.handle(.opened, at: moment(0)) == [.replay([.init(item: 1, delivered: 0)])])
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
        #expect(machine.handle(.opened, at: moment(101)) == [.replay([.init(item: 1, delivered: 0)])])
        #expect(machine.wakeAt == moment(301))
    }

    @Test func `a provider that stalls between two pieces is left, and what it delivered is told`() {
        var machine = asked()
        _ = machine.handle(.progress(1), at: moment(60))
        _ = machine.handle(.progress(1), at: moment(70))
        #expect(machine.wakeAt == moment(120))
        #expect(machine.handle(.due, at: moment(120)).first == .timedOut(step: 0, item: 1, .next))
        #expect(machine.handle(.opened, at: moment(121)) == [.replay([.init(item: 1, delivered: 2)])])
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
        _ = machine.handle(.opened, at: moment(0))
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

    @Test func `a retryable failure is tried again after a pause, and only as often as the step says`() {
        var machine = asked(tries: 2)
        #expect(machine.handle(.failed(retryable: true, retryAfter: nil), at: moment(10)) == [])
        #expect(machine.wakeAt == moment(110))
        #expect(machine.handle(.due, at: moment(110)) == [.open(step: 0)])
        _ = machine.handle(.opened, at: moment(110))
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
        #expect(machine.handle(.superseded, at: moment(20)) == [.open(step: 0)])
        #expect(machine.handle(.opened, at: moment(21)) == [.replay([.init(item: 1, delivered: 1)])])
        #expect(machine.step == 0)
    }

    @Test func `a plugin that is superseded without end is a failing plugin`() {
        var machine = asked()
        for _ in 0..<3 {
            #expect(machine.handle(.superseded, at: moment(20)) == [.open(step: 0)])
            _ = machine.handle(.opened, at: moment(20))
        }
        #expect(machine.handle(.superseded, at: moment(20)) == [.fallBack(from: 0, to: 1), .open(step: 1)])
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
        #expect(machine.handle(.opened, at: moment(203)) == [.replay([.init(item: 2, delivered: 0)])])
    }

    @Test func `the first step is tried again between two items after half a minute`() {
        var machine = asked()
        _ = machine.handle(.failed(retryable: false, retryAfter: nil), at: moment(10))
        _ = machine.handle(.opened, at: moment(11))
        _ = machine.handle(.finished(1), at: moment(12))
        #expect(machine.handle(.began(2), at: moment(29_000)) == [])
        _ = machine.handle(.finished(2), at: moment(29_100))
        #expect(machine.handle(.began(3), at: moment(30_010)) == [.leave(step: 1), .open(step: 0)])
        #expect(machine.handle(.opened, at: moment(30_010)) == [.replay([.init(item: 3, delivered: 0)])])
    }

    @Test func `a pause before a retry is not cut short by new items`() {
        var machine = asked(tries: 2)
        _ = machine.handle(.failed(retryable: true, retryAfter: .milliseconds(500)), at: moment(0))
        #expect(machine.handle(.began(2), at: moment(100)) == [])
        #expect(machine.handle(.due, at: moment(499)) == [])
        #expect(machine.handle(.due, at: moment(500)) == [.open(step: 0)])
        #expect(
            machine.handle(.opened, at: moment(500))
                == [.replay([.init(item: 1, delivered: 0), .init(item: 2, delivered: 0)])]
        )
    }
}
