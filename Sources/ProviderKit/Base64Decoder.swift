/// Decodes a text as it comes. Both alphabets are read, the padding may be missing, and line ends are skipped.
public struct Base64Decoder: Sendable {
    /// Bits of characters that do not fill three bytes yet.
    private var held: UInt32 = 0
    private var heldCharacters = 0
    private var padding = 0

    public init() {}

    /// Appends the bytes that are settled; false at a character that has no place there.
    public mutating func append(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) -> Bool {
        for character in text {
            switch character {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            case UInt8(ascii: "="): padding += 1
            default:
                guard padding == 0, let value = Self.value(of: character) else { return false }
                held = held << 6 | value
                heldCharacters += 1
                if heldCharacters == 4 { flush(3, to: &bytes) }
            }
        }
        return true
    }

    /// Appends the last bytes; false for a text that was cut.
    public mutating func finish(to bytes: inout [UInt8]) -> Bool {
        switch (heldCharacters, padding) {
        case (0, 0): return true
        case (2, 0), (2, 2), (3, 0), (3, 1):
            let count = heldCharacters - 1
            held <<= UInt32(6 * (4 - heldCharacters))
            flush(count, to: &bytes)
            return true
        default: return false
        }
    }

    private mutating func flush(_ count: Int, to bytes: inout [UInt8]) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(16 - 8 * place))) }
        (held, heldCharacters) = (0, 0)
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
