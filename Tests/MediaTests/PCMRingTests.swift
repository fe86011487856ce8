import Media
import SoundKit
import Testing

@Suite struct PCMRingTests {
    /// A sample that tells its position, of values that mu-law keeps exactly.
    private func sample(_ position: Int) -> Int16 {
        let code = UInt8(truncatingIfNeeded: position &* 31)
        return G711.decode(code == 0x7F ? 0xFF : code)
    }

    private func samples(_ range: Range<Int>) -> [Int16] { range.map(sample) }

    @Test func `what a telephone line brings is given back exactly, by position`() {
        var ring = PCMRing(capacity: 8000)
        for start in stride(from: 0, to: 4000, by: 160) {
            let frame = samples(start..<start + 160)
            ring.append(frame.span)
        }
        #expect(ring.written == 4000)
        #expect(ring.copy(from: 0) == samples(0..<4000))
        #expect(ring.copy(from: 1234, to: 1300) == samples(1234..<1300))
        #expect(ring.copy(from: 3999, to: 9000) == samples(3999..<4000))
    }

    @Test func `a full ring keeps the newest samples`() {
        var ring = PCMRing(capacity: 1000)
        for start in stride(from: 0, to: 16_000, by: 160) {
            let frame = samples(start..<start + 160)
            ring.append(frame.span)
            #expect(ring.copy(from: 0) == samples(max(0, start + 160 - 1000)..<start + 160))
        }
        #expect(ring.oldest == 15_000)
        #expect(ring.count == 1000)
    }

    @Test func `one append larger than the ring leaves its end`() {
        var ring = PCMRing(capacity: 100)
        let long = samples(0..<350)
        ring.append(long.span)
        #expect(ring.written == 350)
        #expect(ring.copy(from: 0) == samples(250..<350))
    }

    @Test func `reading passes pieces in order and across the seam`() {
        var ring = PCMRing(capacity: 1000)
        for start in stride(from: 0, to: 2400, by: 160) {
            let frame = samples(start..<start + 160)
            ring.append(frame.span)
        }
        var heard: [Int16] = []
        var largest = 0
        ring.read(from: 1500, to: 2300) { piece in
            largest = max(largest, piece.count)
            for index in piece.indices { heard.append(piece[index]) }
        }
        #expect(heard == samples(1500..<2300))
        #expect(largest <= 320)
    }

    @Test func `a position that is gone reads as nothing into a frame`() {
        var ring = PCMRing(capacity: 200)
        let long = samples(0..<500)
        ring.append(long.span)
        var frame = [Int16](repeating: 7, count: 160)
        var room = frame.mutableSpan
        #expect(ring.read(from: 299, into: &room) == 0)
        #expect(ring.read(from: 300, into: &room) == 160)
        #expect(ring.read(from: 460, into: &room) == 40)
        #expect(ring.read(from: 500, into: &room) == 0)
    }

    @Test func `memory is taken as it fills and given back as it is forgotten`() {
        var ring = PCMRing(capacity: 64_000)
        #expect(ring.footprint == 0)
        let frame = samples(0..<160)
        ring.append(frame.span)
        #expect(ring.footprint == 2048)
        for _ in 1..<400 { ring.append(frame.span) }
        #expect(ring.footprint == 64_000)
        ring.forget(before: ring.written - 1000)
        #expect(ring.footprint == 2048)
        #expect(ring.count == 1000)
        let kept = ring.copy(from: 0)
        #expect(kept.suffix(160) == frame[...])
        ring.clear()
        #expect(ring.footprint == 0)
        #expect(ring.written == 64_000)
        ring.append(frame.span)
        #expect(ring.copy(from: 64_000) == frame)
    }
}
