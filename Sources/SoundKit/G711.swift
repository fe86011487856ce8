/// ITU-T G.711: one byte a sample, on a logarithmic scale. Table driven; no allocation; any thread.
///
/// `encode(decode(code)) == code` for every code but mu-law's negative zero (0x7F), which comes back as the positive one
/// (0xFF).
public enum G711 {
    /// North America and Japan use mu-law, the rest of the world A-law.
    public enum Law: Sendable, CaseIterable { case mu, a }

    /// The sample that a code stands for.
    public static func decode(_ code: UInt8, _ law: Law = .mu) -> Int16 { Tables.of(law).decoded[Int(code)] }

    /// The code of a sample.
    public static func encode(_ sample: Int16, _ law: Law = .mu) -> UInt8 {
        Tables.of(law).encoded[Int(UInt16(bitPattern: sample) >> 2)]
    }

    /// Decodes all of `codes` into the beginning of `samples`, which must be at least as long.
    public static func decode(_ codes: Span<UInt8>, _ law: Law = .mu, into samples: inout MutableSpan<Int16>) {
        precondition(samples.count >= codes.count, "room for fewer samples than there are codes")
        let table = Tables.of(law).decoded
        codes.withUnsafeBufferPointer { codes in
            samples.withUnsafeMutableBufferPointer { samples in
                for index in codes.indices { samples[index] = table[Int(codes[index])] }
            }
        }
    }

    /// Encodes all of `samples` into the beginning of `codes`, which must be at least as long.
    public static func encode(_ samples: Span<Int16>, _ law: Law = .mu, into codes: inout MutableSpan<UInt8>) {
        precondition(codes.count >= samples.count, "room for fewer codes than there are samples")
        let table = Tables.of(law).encoded
        samples.withUnsafeBufferPointer { samples in
            codes.withUnsafeMutableBufferPointer { codes in
                for index in samples.indices { codes[index] = table[Int(UInt16(bitPattern: samples[index]) >> 2)] }
            }
        }
    }
}

extension G711 {
    /// Made once, never freed, never written again: hence safe to read from every thread.
    private struct Tables: @unchecked Sendable {
        /// 256 samples, by code.
        let decoded: UnsafePointer<Int16>
        /// 16,384 codes, by the upper 14 bits of the sample: neither law has a finer step.
        let encoded: UnsafePointer<UInt8>

        static let mu = Tables(expand: G711.expandMu, compress: G711.compressMu)
        static let a = Tables(expand: G711.expandA, compress: G711.compressA)

        static func of(_ law: Law) -> Tables {
            switch law {
            case .mu: mu
            case .a: a
            }
        }

        init(expand: (UInt8) -> Int, compress: (Int) -> UInt8) {
            let samples = UnsafeMutablePointer<Int16>.allocate(capacity: 256)
            for code in 0..<256 { samples[code] = Int16(expand(UInt8(code))) }
            let codes = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 14)
            for value in -(1 << 13)..<(1 << 13) { codes[value & 0x3FFF] = compress(value) }
            decoded = UnsafePointer(samples)
            encoded = UnsafePointer(codes)
        }
    }

    /// Tables 2a and 2b of G.711: all bits inverted; a clear sign bit is negative; segments biased by 33 at 14 bits.
    private static func expandMu(_ code: UInt8) -> Int {
        let bits = Int(~code)
        let magnitude = ((((bits & 0x0F) << 1) + 33) << ((bits >> 4) & 0x07)) - 33
        return (bits & 0x80 == 0 ? magnitude : -magnitude) << 2
    }

    private static func compressMu(_ value: Int) -> UInt8 {
        let biased = min((value < 0 ? ~value : value) + 33, 0x1FFF)
        let segment = 7 - (UInt16(biased) << 3).leadingZeroBitCount
        let bits = (value < 0 ? 0x80 : 0) | segment << 4 | (biased >> (segment + 1)) & 0x0F
        return ~UInt8(bits)
    }

    /// Tables 1a and 1b: even bits inverted; a set sign bit is positive; 13 bits, moved up to 16.
    private static func expandA(_ code: UInt8) -> Int {
        let bits = Int(code ^ 0x55)
        let segment = (bits >> 4) & 0x07
        let step = ((bits & 0x0F) << 1) + 1
        let magnitude = segment == 0 ? step : (step + 32) << (segment - 1)
        return (bits & 0x80 == 0 ? -magnitude : magnitude) << 3
    }

    private static func compressA(_ value: Int) -> UInt8 {
        let magnitude = (value < 0 ? ~value : value) >> 2
        let segment = max(0, 12 - UInt16(magnitude).leadingZeroBitCount)
        let step = segment == 0 ? magnitude : (magnitude >> (segment - 1)) & 0x0F
        return UInt8((value < 0 ? 0 : 0x80) | segment << 4 | step) ^ 0x55
    }
}
