/// Speech whose words are known again: `w0` to `w63`, each a square wave at one of mu-law's own levels. The scripted
/// provider speaks and understands the same.
enum CodedSpeech {
    static func level(_ word: Int) -> Int16 {
        let code = 0x7F - word
        let sample = ((code & 0x0F) << 3) + 0x84
        return Int16((sample << ((code & 0x70) >> 4)) - 0x84)
    }

    static func word(_ level: Int16) -> Int? {
        guard abs(Int(level)) > 1000 else { return nil }
        return (0..<64).min { abs(Int(Self.level($0)) - abs(Int(level))) < abs(Int(Self.level($1)) - abs(Int(level))) }
    }

    /// What is heard in frames of 20 ms, one level each: stretches of the same word, with their frames.
    static func words(in levels: [Int16]) -> [(word: Int, frames: Int)] {
        var result: [(word: Int, frames: Int)] = []
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
