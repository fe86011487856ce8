import Core
import Testing

@testable import Carrier

/// The outside listener's arithmetic, on a clock that is told the time.
@Suite struct ListenerTests {
    private let begin = Moment(microseconds: 1_000_000)
    private let loud = [Int16](repeating: 3000, count: 160)
    private let quiet = [Int16](repeating: 0, count: 160)

    private func at(_ milliseconds: Int64) -> Moment { begin + .milliseconds(milliseconds) }

    @Test func `a gap is from the last loud sample to the first one, wherever in their messages they are`() {
        var listener = Listener(begin: begin)
        listener.said(loud, at: at(0))
        listener.said(Array(loud[..<40] + quiet[..<120]), at: at(20))
        listener.said(quiet, at: at(40))
        listener.received(quiet, at: at(500))
        // Sent ahead: it is heard when the one before it has been.
        listener.received(Array(quiet[..<80] + loud[..<80]), at: at(500))
        // 20 ms message, its samples dated around 20 ms: the 40th was spoken 5 ms before.
        #expect(listener.answers == [Answer(silentFrom: 15, heardFrom: 530)])
    }

    @Test func `words that the caller talks over are no answer`() {
        var listener = Listener(begin: begin)
        for time in stride(from: 0, to: 400, by: 20) { listener.received(loud, at: at(Int64(time))) }
        for time in stride(from: 200, to: 400, by: 20) { listener.said(loud, at: at(Int64(time))) }
        #expect(listener.answers.isEmpty)
    }

    @Test func `what was cleared before it was played was not heard`() {
        var listener = Listener(begin: begin)
        listener.said(loud, at: at(0))
        for _ in 0..<10 { listener.received(quiet, at: at(100)) }
        listener.received(loud, at: at(100))
        #expect(listener.answers.count == 1)
        listener.cleared(at: at(200))
        #expect(listener.answers.isEmpty)
        listener.received(loud, at: at(700))
        #expect(listener.answers.first?.heardFrom == 700)
    }
}
