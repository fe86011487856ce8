/// Decodes a text as it comes. Both alphabets are read, the padding may be missing, and line ends are skipped.
public struct Base64Decoder: Sendable {
    /// The value of each character; 64 and more: none.
    private let values: [UInt8]
    /// Bits of characters that do not fill three bytes yet.
    private var held: UInt32 = 0
    private var heldCharacters = 0
    private var padding = 0

    private static let pad: UInt8 = 64
    private static let lineEnd: UInt8 = 65
    private static let stranger: UInt8 = 66

    public init() {
        var values = [UInt8](repeating: Self.stranger, count: 256)
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        for alphabet in ["+/", "-_"] {
            for (value, character) in (letters + alphabet).utf8.enumerated() { values[Int(character)] = UInt8(value) }
        }
        values[Int(UInt8(ascii: "="))] = Self.pad
        for character in "\r\n".utf8 { values[Int(character)] = Self.lineEnd }
        self.values = values
    }

    /// Appends the bytes that are settled; false at a character that has no place there.
    public mutating func append(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) -> Bool {
        var isFine = true
        let room = (heldCharacters + text.count) / 4 * 3
        let decoded = [UInt8](unsafeUninitializedCapacity: room) { room, end in
            values.withUnsafeBufferPointer { values in
                for character in text {
                    let value = values[Int(character)]
                    guard value < Self.pad, padding == 0 else {
                        if value == Self.lineEnd { continue }
                        guard value == Self.pad else {
                            isFine = false
                            return
                        }
                        padding += 1
                        continue
                    }
                    held = held << 6 | UInt32(value)
                    heldCharacters += 1
                    guard heldCharacters == 4 else { continue }
                    room[end] = UInt8(truncatingIfNeeded: held >> 16)
                    room[end + 1] = UInt8(truncatingIfNeeded: held >> 8)
                    room[end + 2] = UInt8(truncatingIfNeeded: held)
                    end += 3
                    (held, heldCharacters) = (0, 0)
                }
            }
        }
        bytes += decoded
        return isFine
    }

    /// Appends the last bytes; false for a text that was cut.
    public mutating func finish(to bytes: inout [UInt8]) -> Bool {
        switch (heldCharacters, padding) {
        case (0, 0): return true
        case (2, 0), (2, 2), (3, 0), (3, 1):
            held <<= UInt32(6 * (4 - heldCharacters))
            for place in 0..<heldCharacters - 1 {
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(16 - 8 * place)))
            }
            (held, heldCharacters) = (0, 0)
            return true
        default: return false
        }
    }
}
