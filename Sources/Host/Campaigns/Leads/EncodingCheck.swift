/// Whether a file is UTF-8, piece by piece. A value without I/O.
struct EncodingCheck {
    /// Of the byte that is looked at, from 1.
    private(set) var line = 1
    /// Bytes that the letter under way still needs, and what the next of them may be.
    private var missing = 0
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// The first byte that cannot stand where it does; nil: all is well so far.
    mutating func problem(in bytes: [UInt8]) -> UInt8? {
        for byte in bytes {
            if missing > 0 {
                guard allowed.contains(byte) else { return byte }
                (missing, allowed) = (missing - 1, 0x80...0xBF)
            } else if byte == 10 {
                line += 1
            } else if byte >= 0x80, !begin(byte) {
                return byte
            }
        }
        return nil
    }

    /// RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0...0xEF: missing = 2
        case 0xF0...0xF4: missing = 3
        default: return false
        }
        switch byte {
        case 0xE0: allowed = 0xA0...0xBF
        case 0xED: allowed = 0x80...0x9F
        case 0xF0: allowed = 0x90...0xBF
        case 0xF4: allowed = 0x80...0x8F
        default: allowed = 0x80...0xBF
        }
        return true
    }

    /// Whether the file ends in the middle of a letter.
    var isUnfinished: Bool { missing > 0 }
}
