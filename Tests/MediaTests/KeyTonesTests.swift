import Media
import Testing

/// The tones of keys, judged by a detector that knows nothing of how they were made.
@Suite struct KeyTonesTests {
    private static let frequencies = [697.0, 770, 852, 941, 1209, 1336, 1477, 1633]

    /// The frequencies that carry the power of a stretch.
    private func found(in samples: ArraySlice<Int16>) -> [Double] {
        let stretch = Array(samples)
        return Self.frequencies.filter { frequency in
            var detector = Goertzel(frequency)
            detector.add(stretch.span)
            return detector.share > 0.3
        }
    }

    @Test(arguments: KeyTones.keys) func `each key is its two frequencies for 100 ms, then 100 ms of silence`(
        key: Character
    )
        throws
    {
        let audio = try #require(KeyTones.audio(String(key)))
        let (low, high) = try #require(KeyTones.frequencies(of: key))
        #expect(audio.count == 1600)
        #expect(found(in: audio[..<800]) == [low, high])
        #expect(audio[800...].allSatisfy { $0 == 0 })
        #expect((audio.map { abs(Int($0)) }.max() ?? 0) < 16_400)
    }

    @Test func `the sixteen keys are sixteen pairs`() {
        let pairs = KeyTones.keys.compactMap { KeyTones.frequencies(of: $0) }.map { "\($0.low) \($0.high)" }
        #expect(Set(pairs).count == 16)
        #expect(pairs[1] == "697.0 1209.0" && pairs[0] == "941.0 1336.0")
    }

    @Test func `a w is half a second of silence, and what has no tone is refused`() throws {
        let audio = try #require(KeyTones.audio("1w2"))
        #expect(audio.count == 2 * 1600 + 4000)
        #expect(KeyTones.audio("1x") == nil && KeyTones.audio("") == nil)
        #expect(KeyTones.audio(String(repeating: "1", count: 101)) == nil)
    }
}
