/// Speech whose words are known again: `w0` to `w63`, each a square wave at one of mu-law's own levels. The scripted
/// provider speaks and understands the same.
public enum CodedSpeech {
    /// A word as it was heard: which, and for how many frames of 20 ms.
    public typealias Heard = (word: Int, frames: Int)

    public static func level(_ word: Int) -> Int16 {
        let code = 0x7F - word
        let sample = ((code & 0x0F) << 3) + 0x84
        return Int16((sample << ((code & 0x70) >> 4)) - 0x84)
    }

    /// The word of a sample; nil: silence.
    public static func word(_ level: Int16) -> Int? {
        guard abs(Int(level)) > 1000 else { return nil }
        return (0..<64).min { abs(Int(Self.level($0)) - abs(Int(level))) < abs(Int(Self.level($1)) - abs(Int(level))) }
    }

    /// 8 kHz audio of words: 200 ms each, with 40 ms of silence behind it.
    public static func audio(_ words: [Int]) -> [Int16] {
        words.flatMap { word in
            let level = level(word)
            return (0..<1600).map { $0 % 2 == 0 ? level : -level } + Array(repeating: 0, count: 320)
        }
    }

    /// What is heard in frames of 20 ms, one level each: stretches of the same word.
    public static func words(in levels: [Int16]) -> [Heard] {
        var result: [Heard] = []
        var last: Int?
        for level in levels {
            let word = word(level)
            if let word {
                if word == last { result[result.count - 1].frames += 1 } else { result.append((word, 1)) }
            }
            last = word
        }
        return result
    }
}
