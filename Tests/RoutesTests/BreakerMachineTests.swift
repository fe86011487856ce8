import Core
import Testing

@testable import Routes

@Suite struct BreakerMachineTests {
    private func moment(_ milliseconds: Int64) -> Moment { Moment(microseconds: milliseconds * 1000) }

    /// A breaker that three failures have opened at 0 ms.
    private func opened() -> BreakerMachine {
        var breaker = BreakerMachine()
        for token in UInt64(1)...3 { _ = breaker.failed(token, at: moment(0)) }
        return breaker
    }

    @Test func `three failures in a row open it, and an answer between them does not let it come to that`() {
        var breaker = BreakerMachine()
        #expect(breaker.failed(1, at: moment(0)) == nil)
        #expect(breaker.failed(2, at: moment(1)) == nil)
        #expect(breaker.answered(3, after: .milliseconds(100), at: moment(2)) == nil)
        #expect(breaker.failed(1, at: moment(3)) == nil)
        #expect(breaker.failed(2, at: moment(4)) == nil)
        #expect(breaker.admit(4, at: moment(4)) == .free)
        #expect(breaker.failed(3, at: moment(5)) == .opened)
        #expect(breaker.admit(4, at: moment(6)) == .barred)
    }

    @Test func `after a pause one item finds out, and nobody else asks meanwhile`() {
        var breaker = opened()
        #expect(breaker.admit(7, at: moment(1999)) == .barred)
        #expect(breaker.admit(7, at: moment(2000)) == .probe)
        #expect(breaker.admit(8, at: moment(2001)) == .barred)
        #expect(breaker.answered(7, after: .milliseconds(50), at: moment(2050)) == .closed)
        #expect(breaker.admit(8, at: moment(2051)) == .free)
    }

    @Test func `each probe that fails doubles the pause, up to a minute`() {
        var breaker = opened()
        var now: Int64 = 2000
        for pause in [4, 8, 16, 32, 60, 60] {
            #expect(breaker.admit(1, at: moment(now)) == .probe)
            #expect(breaker.failed(1, at: moment(now)) == nil)
            #expect(breaker.admit(2, at: moment(now + Int64(pause) * 1000 - 1)) == .barred)
            now += Int64(pause) * 1000
        }
    }

    @Test func `a probe that nobody waits for any more makes room for the next`() {
        var breaker = opened()
        #expect(breaker.admit(1, at: moment(2000)) == .probe)
        breaker.gone(1, at: moment(2100))
        #expect(breaker.admit(2, at: moment(2100)) == .probe)
        #expect(breaker.admit(3, at: moment(2100 + 30_000)) == .probe)
    }

    @Test func `three overdue answers at once open it if nobody gets any`() {
        var breaker = BreakerMachine()
        _ = breaker.answered(9, after: .milliseconds(100), at: moment(0))
        #expect(breaker.suspected(1, since: moment(10), at: moment(400)) == nil)
        #expect(breaker.suspected(2, since: moment(20), at: moment(410)) == nil)
        #expect(breaker.suspected(2, since: moment(20), at: moment(500)) == nil)
        #expect(breaker.suspected(3, since: moment(30), at: moment(510)) == .opened)
    }

    @Test func `a provider that answers others is slow, not down`() {
        var breaker = BreakerMachine()
        _ = breaker.suspected(1, since: moment(10), at: moment(400))
        _ = breaker.suspected(2, since: moment(20), at: moment(410))
        _ = breaker.answered(4, after: .milliseconds(300), at: moment(450))
        #expect(breaker.suspected(3, since: moment(30), at: moment(500)) == nil)
    }

    @Test func `who asks to be left alone is left alone for as long`() {
        var breaker = BreakerMachine()
        #expect(breaker.failed(1, retryAfter: .seconds(20), at: moment(0)) == .opened)
        #expect(breaker.admit(2, at: moment(19_999)) == .barred)
        #expect(breaker.admit(2, at: moment(20_000)) == .probe)
    }

    @Test func `patience is learned from the answers and follows them`() throws {
        var breaker = BreakerMachine()
        #expect(breaker.patience == nil)
        for time in Int64(0)..<50 { _ = breaker.answered(1, after: .milliseconds(400), at: moment(time)) }
        let calm = try #require(breaker.patience)
        #expect(calm >= .milliseconds(400))
        #expect(calm < .milliseconds(450))
        _ = breaker.answered(1, after: .milliseconds(1200), at: moment(60))
        #expect(try #require(breaker.patience) > .milliseconds(1000))
    }

    @Test func `a late answer of a provider believed down lets the next item find out`() {
        var breaker = opened()
        #expect(breaker.answered(5, after: .seconds(1), at: moment(500)) == nil)
        #expect(breaker.admit(6, at: moment(501)) == .probe)
    }
}
