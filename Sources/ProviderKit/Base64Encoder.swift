/// Encodes bytes as they come: long input costs nothing at its end.
public struct Base64Encoder: Sendable {
    private let alphabet: Base64.Alphabet
    /// The character of each value.
    private let characters: [UInt8]
    /// What does not fill three bytes yet.
    private var held: UInt32 = 0
    private var heldBytes = 0

    public init(_ alphabet: Base64.Alphabet = .standard) {
        self.alphabet = alphabet
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        characters = Array((letters + (alphabet == .url ? "-_" : "+/")).utf8)
    }

    /// Appends the characters that are settled. Made for the path of audio: one allocation, when `text` has to grow.
    public mutating func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        let groups = (heldBytes + bytes.count) / 3
        withUnsafeTemporaryAllocation(byteCount: groups * 4, alignment: 1) { room in
            var end = 0
            characters.withUnsafeBufferPointer { characters in
                for byte in bytes {
                    held = held << 8 | UInt32(byte)
                    heldBytes += 1
                    guard heldBytes == 3 else { continue }
                    room[end] = characters[Int(held >> 18)]
                    room[end + 1] = characters[Int(held >> 12 & 63)]
                    room[end + 2] = characters[Int(held >> 6 & 63)]
                    room[end + 3] = characters[Int(held & 63)]
                    end += 4
                    (held, heldBytes) = (0, 0)
                }
            }
            text.append(contentsOf: room)
        }
    }

    /// Appends the last characters, and the padding if the alphabet has one; then it is ready for another text.
    public mutating func finish(to text: inout [UInt8]) {
        guard heldBytes > 0 else { return }
        let bits = held << UInt32(8 * (3 - heldBytes))
        for place in 0...heldBytes { text.append(characters[Int(bits >> UInt32(18 - 6 * place) & 63)]) }
        if alphabet == .standard { text += repeatElement(UInt8(ascii: "="), count: 3 - heldBytes) }
        (held, heldBytes) = (0, 0)
    }
}
