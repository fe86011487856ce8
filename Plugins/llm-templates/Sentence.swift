/// Cuts prose into sentences.
enum Sentence {
    private static let abbreviations: Set<String> = [
        "mr.", "mrs.", "ms.", "dr.", "st.", "no.", "e.g.", "i.e.", "approx.", "p.m.", "a.m.",
    ]

    /// The sentences with their marks at the end, without line breaks.
    static func split(_ text: String) -> [String] {
        var sentences: [String] = []
        var words: [Substring] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            words.append(word)
            guard let last = word.last(where: { !"\"')]}\u{201D}\u{2019}".contains($0) }) else { continue }
            if ".!?".contains(last), !abbreviations.contains(word.lowercased()) {
                sentences.append(words.joined(separator: " "))
                words = []
            }
        }
        if !words.isEmpty { sentences.append(words.joined(separator: " ")) }
        return sentences
    }
}
