import Testing

@testable import IO

struct LineFramingTests {
    private func lines(_ pieces: [String], limit: Int = 100) -> (lines: [String], outcome: LineFraming.Outcome) {
        var framing = LineFraming(limit: limit)
        var found: [String] = []
        var outcome = LineFraming.Outcome.wantsMore
        for piece in pieces {
            outcome = Array(piece.utf8).withUnsafeBytes { bytes in
                framing.feed(bytes) {
                    found.append(String(decoding: $0, as: UTF8.self))
                    return true
                }
            }
            if outcome == .overrun { break }
        }
        return (found, outcome)
    }

    @Test func `however a stream is cut, its lines are the same`() {
        let text = "alpha\nbeta\n\ngamma\n"
        for cut in 1...text.count {
            let pieces = stride(from: 0, to: text.count, by: cut).map { String(text.dropFirst($0).prefix(cut)) }
            #expect(lines(pieces).lines == ["alpha", "beta", "", "gamma"])
        }
    }

    @Test func `a line of exactly the limit passes, one more byte does not`() {
        #expect(lines(["12345\n"], limit: 5).lines == ["12345"])
        #expect(lines(["123456\n"], limit: 5).outcome == .overrun)
        #expect(lines(["123", "456"], limit: 5).outcome == .overrun)
    }

    @Test func `a pause keeps the lines that follow`() {
        var framing = LineFraming(limit: 10)
        var found: [String] = []
        let outcome = Array("a\nb\nc".utf8).withUnsafeBytes { bytes in
            framing.feed(bytes) {
                found.append(String(decoding: $0, as: UTF8.self))
                return false
            }
        }
        #expect(outcome == .paused)
        #expect(found == ["a"])
        #expect(
            framing.resume {
                found.append(String(decoding: $0, as: UTF8.self)); return true
            } == .wantsMore
        )
        #expect(found == ["a", "b"])
        #expect(framing.count == 1)
    }
}
