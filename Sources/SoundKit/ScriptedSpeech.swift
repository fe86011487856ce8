/// Speech whose words can be read again: a buzz in place of a voice, with each word's letters in the lowest bit of its
/// last samples. What a rehearsal says travels as sound, so that everything that works on sound works on it.
public enum ScriptedSpeech {
    public static let sampleRate = 8000
    /// How long a letter lasts, in milliseconds.
    public static let letter = 60
    /// The silence behind a word: shorter than any pause, long enough to be none of the voice.
    public static let gap = 100

    /// Stands before a word's letters.
    static let mark: UInt32 = 0x5CA1_AB1E
    private static let amplitude = 8000
    /// A voice of 125 Hz.
    private static let period = 64

    /// The words of a text, separated by white space.
    public static func words(of text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// A text as sound, word by word, in whole frames of 20 ms.
    public static func audio(of text: String) -> [Int16] { words(of: text).flatMap(audio(word:)) }

    /// One word and the gap behind it.
    public static func audio(word: String) -> [Int16] {
        let letters = Array(word.utf8.prefix(255))
        let bits = bits(of: letters)
        let frames = max(8, word.count * letter / 20, (bits.count + 159) / 160)
        var samples = [Int16](repeating: 0, count: frames * 160 + gap * sampleRate / 1000)
        for index in 0..<frames * 160 {
            let ramp = (index % period) * 2 * amplitude / period - amplitude
            samples[index] = Int16(truncatingIfNeeded: ramp & ~1)
        }
        let start = frames * 160 - bits.count
        for (index, bit) in bits.enumerated() { samples[start + index] |= bit }
        return samples
    }

    private static func bits(of letters: [UInt8]) -> [Int16] {
        var bits = (0..<32).reversed().map { Int16((mark >> UInt32($0)) & 1) }
        for byte in [UInt8(letters.count)] + letters {
            for shift in (0..<8).reversed() { bits.append(Int16((byte >> UInt8(shift)) & 1)) }
        }
        return bits
    }
}
