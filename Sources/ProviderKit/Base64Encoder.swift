/// Encodes bytes as they come: long input costs nothing at its end.
public struct Base64Encoder: Sendable {
    private let alphabet: Base64.Alphabet
    /// What does not fill three bytes yet.
    private var held: UInt32 = 0
    private var heldBytes = 0

    public init(_ alphabet: Base64.Alphabet = .standard) { self.alphabet = alphabet }

    /// Appends the characters that are settled.
    public mutating func append(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            heldBytes += 1
            guard heldBytes == 3 else { continue }
            for place in 0..<4 { text.append(character(of: held, place)) }
            (held, heldBytes) = (0, 0)
        }
    }

    /// Appends the last characters, and the padding if the alphabet has one; then it is ready for another text.
    public mutating func finish(to text: inout [UInt8]) {
        guard heldBytes > 0 else { return }
        let bits = held << UInt32(8 * (3 - heldBytes))
        for place in 0...heldBytes { text.append(character(of: bits, place)) }
        if alphabet == .standard { text += repeatElement(UInt8(ascii: "="), count: 3 - heldBytes) }
        (held, heldBytes) = (0, 0)
    }

    /// One of the four characters of 24 bits.
    private func character(of bits: UInt32, _ place: Int) -> UInt8 {
        let value = UInt8(bits >> UInt32(18 - 6 * place) & 63)
        return switch value {
        case ..<26: UInt8(ascii: "A") + value
        case ..<52: UInt8(ascii: "a") + value - 26
        case ..<62: UInt8(ascii: "0") + value - 52
        case 62: alphabet == .url ? UInt8(ascii: "-") : UInt8(ascii: "+")
        default: alphabet == .url ? UInt8(ascii: "_") : UInt8(ascii: "/")
        }
    }
}
