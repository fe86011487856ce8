import TextKit

/// What is compared of an utterance: stems, pairs of neighbours and pieces of words.
struct Features {
    /// Feature and weight, in order of first appearance.
    private(set) var weights: [(feature: UInt64, weight: Float)] = []
    private var places: [UInt64: Int] = [:]

    private static let ofGrammar: Float = 0.35
    /// Words of grammar that turn a sentence round.
    private static let ofAnswers: Set<String> = [
        "yes", "no", "not", "never", "dont", "cannot", "cant", "wont", "isnt", "doesnt",
    ]
    private static let pair: Float = 0.5
    private static let piece: Float = 0.25

    init(_ text: String) {
        let words = Words.split(text)
        let stems = words.map(\.stem)
        for (word, stem) in zip(words, stems) {
            let isGrammar = Words.ofGrammar.contains(word) && !Self.ofAnswers.contains(word)
            let weight = isGrammar ? Self.ofGrammar : 1
            var hash = FeatureHash(1)
            hash.add(stem)
            add(hash.mixed, weight)
            if weight == 1 { addPieces(of: stem) }
        }
        for index in stems.indices.dropFirst() {
            let both = [words[index - 1], words[index]]
            let grammar = both.allSatisfy { Words.ofGrammar.contains($0) }
            var hash = FeatureHash(2)
            hash.add(stems[index - 1])
            hash.add(0x20)
            hash.add(stems[index])
            add(hash.mixed, grammar ? Self.pair * Self.ofGrammar : Self.pair)
        }
    }

    private mutating func addPieces(of stem: String) {
        let letters = [UInt8(ascii: "^")] + Array(stem.utf8) + [UInt8(ascii: "$")]
        for start in 0..<max(0, letters.count - 2) {
            var hash = FeatureHash(3)
            for letter in letters[start..<start + 3] { hash.add(letter) }
            add(hash.mixed, Self.piece)
        }
    }

    /// What is said twice weighs no more.
    private mutating func add(_ feature: UInt64, _ weight: Float) {
        if let place = places[feature] {
            weights[place].weight = max(weights[place].weight, weight)
        } else {
            places[feature] = weights.count
            weights.append((feature, weight))
        }
    }
}
