import Campaigns
import Core
import Testing

struct ThrottleTests {
    private let start = Timestamp(unixMilliseconds: 1_800_000_000_000)

    @Test func `congestion halves the rate, and ten minutes bring it back`() {
        var throttle = Throttle()
        throttle.grow(at: start)
        throttle.cut(at: start)
        #expect(throttle.millicallsPerSecond(of: 4) == 2000)
        throttle.grow(at: start + .seconds(60))
        #expect(throttle.millicallsPerSecond(of: 4) == 2400)
        throttle.grow(at: start + .seconds(600))
        #expect(throttle.level == 1)
    }

    @Test func `many refusals at once are one congestion`() {
        var throttle = Throttle()
        for index in 0..<20 { throttle.cut(at: start + .milliseconds(index * 100)) }
        #expect((0.5..<0.51).contains(throttle.level))
        throttle.cut(at: start + .seconds(6))
        #expect(throttle.level < 0.27)
    }

    @Test func `nothing is begun before the carrier wants it, and the rate does not grow meanwhile`() {
        var throttle = Throttle()
        throttle.cut(retryAfter: .seconds(30), at: start)
        #expect(!throttle.isOpen(at: start + .seconds(29)))
        throttle.grow(at: start + .seconds(29))
        #expect(throttle.level == 0.5)
        throttle.grow(at: start + .seconds(31))
        #expect(throttle.isOpen(at: start + .seconds(31)))
    }

    @Test func `after a pause a campaign begins with a tenth of its rate`() {
        var throttle = Throttle()
        throttle.resume(at: start)
        #expect(throttle.millicallsPerSecond(of: 10) == 1000)
        throttle.grow(at: start + .seconds(60))
        #expect(throttle.millicallsPerSecond(of: 10) == 2000)
    }

    @Test func `congestion without end leaves a trickle`() {
        var throttle = Throttle()
        for index in 0..<100 { throttle.cut(at: start + .seconds(index * 6)) }
        #expect(throttle.level >= Throttle.floor)
        #expect(throttle.millicallsPerSecond(of: 1) > 0)
    }
}
