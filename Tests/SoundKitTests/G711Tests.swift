import SoundKit
import Testing

@Suite struct G711Tests {
    /// The values that tables 1 and 2 of G.711 give for the positive half, as 16-bit samples: every segment's first and
    /// last output. The codes are written as the tables write them, before the inversion of bits.
    private static let muSegments: [(first: Int, last: Int)] = [
        (0, 120), (132, 372), (396, 876), (924, 1884), (1980, 3900), (4092, 7932), (8316, 15996), (16764, 32124),
    ]
    private static let aSegments: [(first: Int, last: Int)] = [
        (8, 248), (264, 504), (528, 1008), (1056, 2016), (2112, 4032), (4224, 8064), (8448, 16128), (16896, 32256),
    ]

    @Test func `every mu-law code decodes to the value of the recommendation`() {
        for code in 0...255 {
            let bits = 255 - code
            let (first, last) = Self.muSegments[(bits >> 4) & 7]
            let magnitude = first + (last - first) / 15 * (bits & 15)
            #expect(Int(G711.decode(UInt8(code))) == (bits >= 128 ? -magnitude : magnitude), "code \(code)")
        }
    }

    @Test func `every A-law code decodes to the value of the recommendation`() {
        for code in 0...255 {
            let bits = code ^ 0x55
            let (first, last) = Self.aSegments[(bits >> 4) & 7]
            let magnitude = first + (last - first) / 15 * (bits & 15)
            #expect(Int(G711.decode(UInt8(code), .a)) == (bits < 128 ? -magnitude : magnitude), "code \(code)")
        }
    }

    @Test func `every code survives a round trip, but for mu-law's negative zero`() {
        for law in G711.Law.allCases {
            for code in UInt8.min...UInt8.max {
                let back = G711.encode(G711.decode(code, law), law)
                #expect(back == (law == .mu && code == 0x7F ? 0xFF : code))
            }
        }
    }

    @Test func `the decision values are those of the recommendation`() {
        // Mu-law, 14 bits: 0 below 1, then steps of 2 up to 31, of 4 up to 95, ...
        let mu: [(Int16, UInt8)] = [
            (0, 0xFF), (3, 0xFF), (4, 0xFE), (11, 0xFE), (12, 0xFD), (123, 0xF0), (124, 0xEF), (139, 0xEF), (140, 0xEE),
            (31611, 0x81), (31612, 0x80), (32767, 0x80), (-1, 0x7F), (-4, 0x7F), (-5, 0x7E), (-32768, 0x00),
        ]
        for (sample, code) in mu { #expect(G711.encode(sample) == code, "sample \(sample)") }
        let a: [(Int16, UInt8)] = [
            (0, 0xD5), (15, 0xD5), (16, 0xD4), (511, 0xD5 ^ 0x1F), (512, 0xD5 ^ 0x20), (32767, 0xAA), (-1, 0x55),
            (-16, 0x55), (-17, 0x54), (-32768, 0x2A),
        ]
        for (sample, code) in a { #expect(G711.encode(sample, .a) == code, "sample \(sample)") }
    }

    @Test func `no sample is off by more than half a step of its segment`() {
        for law in G711.Law.allCases {
            for sample in Int16.min...Int16.max {
                let error = abs(Int(G711.decode(G711.encode(sample, law), law)) - Int(sample))
                let magnitude = abs(Int(sample))
                let clipped = max(0, magnitude - (law == .mu ? 32124 : 32256))
                #expect(error <= max(magnitude / 16 + 4, clipped, law == .mu ? 8 : 16))
            }
        }
    }

    @Test func `codes rise with samples`() {
        for law in G711.Law.allCases {
            var last = Int.min
            for sample in Int16.min...Int16.max {
                let value = Int(G711.decode(G711.encode(sample, law), law))
                #expect(value >= last)
                last = value
            }
        }
    }

    @Test func `spans are coded as their samples are`() {
        let samples = (0..<1000).map { Int16(truncatingIfNeeded: $0 &* 7919) }
        for law in G711.Law.allCases {
            var codes = [UInt8](repeating: 0, count: 1000)
            var room = codes.mutableSpan
            G711.encode(samples.span, law, into: &room)
            var decoded = [Int16](repeating: 0, count: 1000)
            var space = decoded.mutableSpan
            G711.decode(codes.span, law, into: &space)
            #expect(codes == samples.map { G711.encode($0, law) })
            #expect(decoded == codes.map { G711.decode($0, law) })
        }
    }
}
