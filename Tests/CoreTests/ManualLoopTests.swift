import Core
import Testing

@Suite struct ManualLoopTests {
    @Test func `timers fire in the order of their times, equal ones as they were made, at their own time`() {
        let loop = ManualLoop()
        let start = loop.now
        var fired: [String] = []
        func note(_ name: String) { fired.append("\(name)@\((loop.now - start).wholeMilliseconds)") }
        loop.schedule(after: .milliseconds(30)) { note("c") }
        loop.schedule(after: .milliseconds(10)) { note("a") }
        loop.schedule(after: .milliseconds(30)) { note("d") }
        loop.schedule(after: .milliseconds(20)) {
            note("b")
            loop.schedule(after: .milliseconds(5)) { note("e") }
        }
        loop.advance(by: .milliseconds(15))
        #expect(fired == ["a@10"])
        loop.advance(by: .milliseconds(85))
        #expect(fired == ["a@10", "b@20", "e@25", "c@30", "d@30"])
        #expect(loop.now == start + .milliseconds(100))
    }

    @Test func `a cancelled timer never fires, cancelling twice or too late is harmless`() {
        let loop = ManualLoop()
        var fired = 0
        let timer = loop.schedule(after: .milliseconds(10)) { fired += 1 }
        let other = loop.schedule(after: .milliseconds(10)) { fired += 10 }
        loop.cancel(timer)
        loop.cancel(timer)
        loop.advance(by: .seconds(1))
        loop.cancel(other)
        #expect(fired == 10)
    }

    @Test func `work is run in the order it came, also from other threads, and never inside the caller`() {
        let loop = ManualLoop()
        final class Notes: @unchecked Sendable { var list: [Int] = [] }
        let notes = Notes()
        loop.perform { notes.list.append(1) }
        loop.perform {
            notes.list.append(2)
            loop.perform { notes.list.append(3) }
        }
        #expect(notes.list.isEmpty)
        loop.runPending()
        #expect(notes.list == [1, 2, 3])
    }

    @Test func `what lives on the loop is lent there`() {
        actor Counter {
            nonisolated let loop: ManualLoop
            nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
            var count = 0
            init(_ loop: ManualLoop) { self.loop = loop }
            func add() { count += 1 }
        }
        let loop = ManualLoop()
        let counter = Counter(loop)
        let bound = LoopBound(counter, loop)
        bound.with { counter in counter.assumeIsolated { $0.count += 1 } }
        #expect(counter.assumeIsolated { $0.count } == 1)
    }

    @Test func `a queue of timers that are cancelled stays small and in order`() {
        var queue = TimerQueue()
        let start = Moment(microseconds: 0)
        var kept: [Int] = []
        for number in 0..<10_000 {
            let timer = queue.add(at: start + .milliseconds((number * 7919) % 10_000)) { kept.append(number) }
            if number % 100 != 0 { queue.cancel(timer) }
        }
        var last = start
        var count = 0
        while let due = queue.first {
            #expect(due >= last)
            last = due
            queue.popDue(at: due)?()
            count += 1
        }
        #expect(count == 100)
        #expect(kept.count == 100)
        #expect(queue.popDue(at: start + .seconds(100)) == nil)
    }
}
