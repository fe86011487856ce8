/// What the `fmt ` chunk of a WAV file says, in the codings that telephony knows.
public struct WAVFormat: Equatable, Sendable {
    /// How a sample is written.
    public enum Coding: Equatable, Sendable {
        /// 16 bits, signed, little-endian.
        case pcm16
        case mu
        case a
    }

    public let coding: Coding
    /// They take turns in the data.
    public let channels: Int
    public let sampleRate: Int

    /// Bytes of one sample.
    public var sampleBytes: Int { coding == .pcm16 ? 2 : 1 }

    /// Reads the chunk's content: 16, 18 or, with the extension, 40 bytes and more.
    init(chunk: [UInt8]) throws(WAVProblem) {
        guard chunk.count >= 16 else { throw WAVProblem("its format has \(chunk.count) bytes, not 16") }
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(chunk[offset + $1]) << (8 * $1) }
        }
        // WAVE_FORMAT_EXTENSIBLE: the real coding is the beginning of the sub-format.
        let isExtended = number(0, 2) == 0xFFFE && chunk.count >= 26
        let tag = number(isExtended ? 24 : 0, 2)
        let bits = number(14, 2)
        switch (tag, bits) {
        case (1, 16): coding = .pcm16
        case (7, 8): coding = .mu
        case (6, 8): coding = .a
        default: throw WAVProblem("coding \(tag) with \(bits) bits is not supported")
        }
        (channels, sampleRate) = (number(2, 2), number(4, 4))
        guard (1...64).contains(channels), (1...768_000).contains(sampleRate) else {
            throw WAVProblem("\(channels) channels at \(sampleRate) Hz")
        }
    }
}
