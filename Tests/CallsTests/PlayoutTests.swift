import Core
import Testing

@testable import Calls

@Suite struct PlayoutTests {
    private func moment(_ milliseconds: Int64) -> Moment { Moment(microseconds: 1_000_000 + milliseconds * 1000) }

    /// Everything that is due, in words.
    private func due(_ playout: inout Playout, _ milliseconds: Int64) -> [String] {
        var result: [String] = []
        var piece = InlineArray<160, Int16>(repeating: 0)
        while true {
            var room = piece.mutableSpan
            switch playout.next(moment(milliseconds), into: &room) {
            case .nothing: return result
            case .frame: result.append("frame")
            case .began(let item): result.append("began \(item)")
            case .ended(let item): result.append("ended \(item)")
            }
        }
    }

    private func add(_ playout: inout Playout, _ item: UInt64, _ samples: Int, isComplete: Bool = true) {
        let audio = [Int16](repeating: 1000, count: samples)
        playout.open(item)
        playout.append(audio.span, item: item)
        if isComplete { playout.complete(item) }
    }

    @Test func `the line is fed four frames ahead and then one every 20 ms`() {
        var playout = Playout()
        add(&playout, 1, 160 * 10)
        #expect(due(&playout, 0) == ["began 1", "frame", "frame", "frame", "frame"])
        #expect(due(&playout, 10) == ["frame"])
        #expect(due(&playout, 20) == [])
        #expect(due(&playout, 30) == ["frame"])
        #expect(due(&playout, 90) == ["frame", "frame", "frame"])
        #expect(due(&playout, 110) == ["frame", "ended 1"])
        #expect(playout.isActive == false)
        #expect(playout.lateFrames == 0)
    }

    @Test func `a sentence ends with a whole frame and the next one follows without a gap`() {
        var playout = Playout()
        add(&playout, 1, 200)
        add(&playout, 2, 160)
        #expect(due(&playout, 0) == ["began 1", "frame", "frame", "ended 1", "began 2", "frame", "ended 2"])
    }

    @Test func `audio that is still being synthesised is played as far as it goes`() {
        var playout = Playout()
        add(&playout, 1, 170, isComplete: false)
        #expect(due(&playout, 0) == ["began 1", "frame"])
        playout.complete(1)
        #expect(due(&playout, 5) == ["frame", "ended 1"])
    }

    @Test func `a frame that synthesis delivers too late is counted`() {
        var playout = Playout()
        add(&playout, 1, 160, isComplete: false)
        _ = due(&playout, 0)
        let audio = [Int16](repeating: 1, count: 160)
        playout.append(audio.span, item: 1)
        _ = due(&playout, 300)
        #expect(playout.lateFrames == 1)
    }

    @Test func `a sentence without a sound begins and ends`() {
        var playout = Playout()
        add(&playout, 1, 0)
        #expect(due(&playout, 0) == ["began 1", "ended 1"])
    }

    @Test func `clearing drops everything at once`() {
        var playout = Playout()
        add(&playout, 1, 160 * 50)
        _ = due(&playout, 0)
        playout.clear()
        #expect(playout.queued == 0)
        #expect(due(&playout, 20) == [])
        add(&playout, 2, 160)
        #expect(due(&playout, 20) == ["began 2", "frame", "ended 2"])
    }

    @Test func `a voice that is replaced in mid-sentence keeps what was sent and drops the rest`() {
        var playout = Playout()
        add(&playout, 1, 160 * 20, isComplete: false)
        _ = due(&playout, 0)
        #expect(playout.sent(1) == 80)
        playout.cut(1, at: 0)
        #expect(due(&playout, 40) == [])
        let audio = [Int16](repeating: 1, count: 320)
        playout.append(audio.span, item: 1)
        playout.complete(1)
        #expect(due(&playout, 60) == ["frame", "frame", "ended 1"])
    }

    @Test func `a voice that is replaced before it was heard starts over`() {
        var playout = Playout()
        add(&playout, 1, 160 * 10)
        playout.open(2)
        let audio = [Int16](repeating: 1, count: 1600)
        playout.append(audio.span, item: 2)
        #expect(playout.sent(2) == 0)
        playout.cut(2, at: 0)
        playout.append(audio.span.extracting(first: 160), item: 2)
        playout.complete(2)
        _ = due(&playout, 0)
        #expect(due(&playout, 1000).filter { $0 == "frame" }.count == 4)
    }

    @Test func `a voice that is replaced keeps its whole words, sent or not`() {
        var playout = Playout()
        add(&playout, 1, 160 * 20, isComplete: false)
        _ = due(&playout, 0)
        playout.cut(1, at: 200)
        #expect(playout.queued == 120)
        playout.complete(1)
        let frames = (1...20).flatMap { due(&playout, Int64($0) * 100) }.filter { $0 == "frame" }
        #expect(frames.count == 6)
    }

    @Test func `audio of a sentence that is not open is left out`() {
        var playout = Playout()
        add(&playout, 1, 160)
        let audio = [Int16](repeating: 1, count: 160)
        playout.append(audio.span, item: 1)
        playout.append(audio.span, item: 9)
        #expect(playout.queued == 20)
    }
}
