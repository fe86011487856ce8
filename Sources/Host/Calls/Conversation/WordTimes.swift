/// Where the words of a sentence end in its audio: as the voice told, and estimated from their lengths where it did not.
struct WordTimes {
    /// As white space separates them.
    let words: [Substring]
    /// Milliseconds from the beginning of the sentence's audio, one for each word.
    let ends: [Int]

    /// About 15 letters a second.
    static let letter = 65.0

    /// `told` are the ends of the first words, as far as they are known; `length` is that of all the audio, if it is known;
    /// `pace` is how long a letter takes where it is not.
    init(_ text: String, told: [Int] = [], length: Int? = nil, pace: Double = letter) {
        words = text.split(whereSeparator: \.isWhitespace)
        var ends = Array(told.prefix(words.count))
        let start = Double(ends.last ?? 0)
        let rest = words.dropFirst(ends.count)
        let letters = rest.reduce(0) { $0 + Self.letters(in: $1) }
        let each = length.map { max(0, Double($0) - start) / max(1, letters) } ?? pace
        var end = start
        for word in rest {
            end += Self.letters(in: word) * each
            ends.append(Int(end))
        }
        self.ends = ends
    }

    /// How many words have ended by then.
    func count(by milliseconds: Int) -> Int { ends.firstIndex { $0 > milliseconds } ?? ends.count }

    /// The words from the first on up to a number of them.
    func text(first count: Int) -> String { words.prefix(count).joined(separator: " ") }

    func text(from first: Int) -> String { words.dropFirst(first).joined(separator: " ") }

    /// How long a word is in letters: itself, the gap behind it, and the pause that its punctuation asks for.
    static func letters(in word: Substring) -> Double {
        let pause: Double =
            switch word.last {
            case ",", ";", ":": 3
            case ".", "!", "?": 4
            default: 0
            }
        return Double(word.count { $0.isLetter || $0.isNumber }) + 1 + pause
    }

    static func letters(in text: String) -> Double {
        text.split(whereSeparator: \.isWhitespace).reduce(0) { $0 + letters(in: $1) }
    }
}
