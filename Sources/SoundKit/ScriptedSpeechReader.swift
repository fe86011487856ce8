/// Reads the words of scripted speech as its samples come, in pieces of any size. A pure value.
public struct ScriptedSpeechReader: Sendable {
    private var window: UInt32 = 0
    /// Bytes of the word at hand that are still to come; nil: its length is; below that no mark was seen.
    private var isReading = false
    private var left: Int?
    private var byte: UInt8 = 0
    private var bits = 0
    private var letters: [UInt8] = []

    public init() {}

    /// The words that were completed by these samples.
    public mutating func read(_ samples: UnsafeBufferPointer<Int16>) -> [String] {
        var words: [String] = []
        for sample in samples {
            let bit = UInt8(truncatingIfNeeded: sample) & 1
            guard isReading else {
                window = window << 1 | UInt32(bit)
                if window == ScriptedSpeech.mark { begin() }
                continue
            }
            byte = byte << 1 | bit
            bits += 1
            guard bits == 8 else { continue }
            take(byte)
            bits = 0
            if left == 0 {
                words.append(String(decoding: letters, as: UTF8.self))
                isReading = false
            }
        }
        return words
    }

    private mutating func begin() {
        (window, isReading, left, bits, letters) = (0, true, nil, 0, [])
    }

    private mutating func take(_ byte: UInt8) {
        guard let left else { return self.left = Int(byte) }
        letters.append(byte)
        self.left = left - 1
    }
}
