import SoundKit
import Testing

@Suite struct WAVStreamTests {
    /// A chunk with its length, padded as the format wants it.
    private func chunk(_ name: String, _ content: [UInt8], length: UInt32? = nil) -> [UInt8] {
        Array(name.utf8) + bytes(length ?? UInt32(content.count)) + content + (content.count % 2 == 1 ? [0] : [])
    }

    private func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    private func riff(_ chunks: [UInt8], length: UInt32 = 36) -> [UInt8] {
        Array("RIFF".utf8) + bytes(length) + Array("WAVE".utf8) + chunks
    }

    private func format(_ tag: UInt8, bits: UInt8, rate: UInt32 = 8000, extra: [UInt8] = []) -> [UInt8] {
        chunk("fmt ", [tag, 0, 1, 0] + bytes(rate) + bytes(rate * UInt32(bits / 8)) + [bits / 8, 0, bits, 0] + extra)
    }

    /// Feeds a file in pieces of `size` bytes.
    private func read(_ file: [UInt8], by size: Int) throws -> (samples: [Int16], stream: WAVStream) {
        var stream = WAVStream()
        var samples: [Int16] = []
        for start in stride(from: 0, to: file.count, by: size) {
            let piece = Array(file[start..<min(start + size, file.count)])
            samples += try piece.withUnsafeBytes { try stream.feed($0) }
        }
        try stream.finish()
        return (samples, stream)
    }

    @Test(arguments: [1, 2, 3, 7, 44, 1000])
    func `samples are the same however the bytes are cut`(size: Int) throws {
        let file = riff(format(1, bits: 16) + chunk("data", [1, 0, 0xFF, 0xFF, 0, 0x80, 0xFF, 0x7F]))
        let (samples, stream) = try read(file, by: size)
        #expect(samples == [1, -1, -32768, 32767])
        #expect(stream.count == 4)
        #expect(stream.format?.sampleRate == 8000)
        #expect(stream.format?.channels == 1)
        #expect(stream.format?.coding == .pcm16)
    }

    @Test(arguments: [1, 5, 1000])
    func `a format of 18 bytes, a fact chunk and a LIST of odd length before the samples are passed`(size: Int) throws {
        let file = riff(
            chunk("LIST", Array("INFOISFT!".utf8)) + format(7, bits: 8, extra: [0, 0]) + chunk("fact", [3, 0, 0, 0])
                + chunk("data", [0x00, 0x55, 0xFF]) + chunk("LIST", [1, 2, 3, 4])
        )
        #expect(try read(file, by: size).samples == [0x00, 0x55, 0xFF].map { G711.decode($0, .mu) })
    }

    @Test func `A-law, and the coding of an extensible format, are read`() throws {
        let law = riff(format(6, bits: 8) + chunk("data", [0x55, 0xD5]))
        #expect(try read(law, by: 9).samples == [0x55, 0xD5].map { G711.decode($0, .a) })
        let tail: [UInt8] = [22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
        var extended = format(0xFE, bits: 16, rate: 24000, extra: tail)
        extended[9] = 0xFF
        let (samples, stream) = try read(riff(extended + chunk("data", [2, 1])), by: 4)
        #expect(samples == [258])
        #expect(stream.format?.sampleRate == 24000)
    }

    @Test(arguments: [UInt32.max, 0])
    func `a writer who did not know the length is read to the end`(length: UInt32) throws {
        let data = chunk("data", [1, 0, 2, 0, 3, 0], length: length)
        #expect(try read(riff(format(1, bits: 16) + data, length: length), by: 3).samples == [1, 2, 3])
    }

    @Test func `a length that is not reached, and half a sample at the end, give what is there`() throws {
        let data = chunk("data", [1, 0, 2, 0], length: 5000) + [9]
        #expect(try read(riff(format(1, bits: 16) + data), by: 4).samples == [1, 2])
        #expect(try read(riff(format(1, bits: 16) + chunk("data", [])), by: 4).samples == [])
    }

    @Test func `what is no WAV file says why`() throws {
        let cases: [([UInt8], String)] = [
            (Array("ID3 is something else altogether".utf8), "it does not begin with RIFF and WAVE"),
            (Array("RIFF".utf8), "it does not begin with RIFF and WAVE"), ([], "it does not begin with RIFF and WAVE"),
            (riff(chunk("data", [1, 0])), "it has no format"), (riff([]), "it has no format"),
            (riff(format(1, bits: 16)), "it has no samples"),
            (riff(format(3, bits: 32) + chunk("data", [])), "coding 3 with 32 bits is not supported"),
            (riff(chunk("fmt ", [1, 0])), "its format has 2 bytes, not 16"),
            (riff(chunk("fmt ", [])), "its format is empty"),
            (riff(format(1, bits: 16, rate: 0)), "1 channels at 0 Hz"),
            (riff(chunk("fmt ", [], length: 9999)), "its format has 9999 bytes"),
        ]
        for (file, why) in cases {
            let problem = #expect(throws: WAVProblem.self) { try read(file, by: 5) }
            #expect(problem?.description == why)
        }
    }

    @Test func `no bytes whatever bring it down`() {
        // The same each time.
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let good = riff(
            chunk("LIST", [1, 2, 3]) + format(7, bits: 8, extra: [0, 0]) + chunk("data", [1, 2, 3, 4, 5])
        )
        for _ in 0..<2000 {
            var file = good
            for _ in 0...random(6) { file[random(file.count)] = UInt8(random(256)) }
            _ = try? read(file, by: 1 + random(20))
        }
    }
}
