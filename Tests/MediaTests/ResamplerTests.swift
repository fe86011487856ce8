import Glibc
import Media
import Testing

@Suite struct ResamplerTests {
    private func tone(_ hertz: Double, rate: Int, count: Int) -> [Int16] {
        (0..<count).map { Int16(10_000 * sin(2 * .pi * hertz * Double($0) / Double(rate))) }
    }

    private func converted(_ samples: [Int16], from: Int, to: Int) throws -> [Int16] {
        var resampler = try Resampler(from: from, to: to)
        var result: [Int16] = []
        for start in stride(from: 0, to: samples.count, by: 160) {
            let frame = Array(samples[start..<min(start + 160, samples.count)])
            resampler.process(frame.span) { piece in for index in piece.indices { result.append(piece[index]) } }
        }
        let latency = resampler.latency
        resampler.drain { piece in for index in piece.indices { result.append(piece[index]) } }
        return Array(result.dropFirst(latency))
    }

    @Test(arguments: [(8000, 16_000), (16_000, 8000), (8000, 24_000), (22_050, 8000)])
    func `a tone keeps its pitch, length and loudness at another rate`(from: Int, to: Int) throws {
        let result = try converted(tone(440, rate: from, count: from), from: from, to: to)
        #expect(abs(result.count - to) <= 4)
        let expected = tone(440, rate: to, count: to)
        let worst = (to / 10..<to * 9 / 10).map { abs(Int(result[$0]) - Int(expected[$0])) }.max() ?? .max
        // Off by a whole sample it would be 2,700.
        #expect(worst < 1800)
    }

    @Test func `what the lower rate cannot carry is filtered out`() throws {
        let result = try converted(tone(6000, rate: 16_000, count: 16_000), from: 16_000, to: 8000)
        let middle = Array(result[1000..<7000])
        #expect(Level(middle.span).decibels < -50)
    }

    @Test func `rates and qualities that do not exist are refused`() {
        #expect(throws: MediaError.resampler(from: 0, to: 8000, why: "rates lie between 1 and 768,000 Hz")) {
            _ = try Resampler(from: 0, to: 8000)
        }
        #expect(throws: MediaError.resampler(from: 8000, to: 16_000, why: "quality lies between 0 and 10")) {
            _ = try Resampler(from: 8000, to: 16_000, quality: 11)
        }
    }
}
