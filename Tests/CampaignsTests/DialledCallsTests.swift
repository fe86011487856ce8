import Core
import Testing

@testable import Campaigns

/// Calls under way, counted as they change, against counting them all.
struct DialledCallsTests {
    private let start = Timestamp(unixMilliseconds: 1_795_000_000_000)

    private func stage(_ roll: Int, _ now: Timestamp) -> DialledCall.Stage {
        switch roll % 7 {
        case 0: .waiting(until: now + .seconds(roll % 9))
        case 1: .placing
        case 2: .doubtful(since: now, askAt: now + .seconds(roll % 11), tries: 0)
        case 3: .queued(since: now)
        case 4: .ringing
        case 5: .talking
        default: .concluded
        }
    }

    @Test func `counts are those of all calls, and whatever is due is found`() {
        var calls = DialledCalls()
        var slow: [String: DialledCall] = [:]
        var state: UInt64 = 7
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var now = start
        for _ in 0..<4000 {
            let id = "att_\(draw(12))"
            if draw(4) == 0 {
                (calls[id], slow[id]) = (nil, nil)
            } else {
                var call = DialledCall(latestStart: draw(2) == 0 ? now + .seconds(draw(30)) : nil, at: now)
                (call.stage, call.isCalledOff) = (stage(draw(1000), now), draw(5) == 0)
                (calls[id], slow[id]) = (call, call)
            }
            now = now + .milliseconds(Int64(draw(4000)))
            #expect(calls.ringing == slow.values.count { !$0.stage.isAnswered })
            #expect(calls.talking == slow.values.count { $0.stage.isTalking })
            let queued = slow.values.compactMap(\.stage.queuedSince).map { now - $0 }.max() ?? .zero
            #expect(calls.queueTime(at: now) == queued)
            let due = calls.due(at: now, everything: false)
            #expect(due == slow.filter { $0.value.lookAt.map { $0 <= now } ?? false }.keys.sorted())
            let all = calls.due(at: now, everything: true)
            #expect(all == slow.keys.sorted())
            // Whoever looks at one enters it again, as the machine does.
            for id in due { calls[id] = slow[id] }
        }
    }
}
