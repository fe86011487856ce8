import Glibc
import TextKit

/// Feature hashing: every word, pair of words and piece of a word adds to one component, with a sign of its own, so that
/// what collides cancels out on the average. Lengths are 1.
struct TextVectors: Sendable {
    let dimension: Int
    private let synonyms: Synonyms

    /// What the pieces of a word, and pairs of neighbours, weigh together against the word itself (squared).
    private static let pieces: Float = 0.3
    private static let pairs: Float = 0.15

    init(dimension: Int, synonyms: [[String]]? = nil) {
        self.dimension = dimension
        self.synonyms = Synonyms(synonyms ?? Synonyms.everyday)
    }

    /// A text without words gets a vector of its own, near no other.
    func vector(of text: String) -> [Float] {
        var vector = [Float](repeating: 0, count: dimension)
        let subjects = synonyms.subjects(of: text)
        var counts: [String: Int] = [:]
        for subject in subjects { counts[subject, default: 0] += 1 }
        // In order of first appearance: floating-point sums depend on the order.
        var seen: Set<String> = []
        for subject in subjects where seen.insert(subject).inserted {
            let weight = 1 + logf(Float(counts[subject] ?? 1))
            add(Self.word(subject), weight, to: &vector)
            addPieces(of: subject, weight, to: &vector)
        }
        for (left, right) in zip(subjects, subjects.dropFirst()) {
            var hash = FeatureHash(3)
            hash.add(left)
            hash.add(0x20)
            hash.add(right)
            add(hash.mixed, Self.pairs.squareRoot(), to: &vector)
        }
        if subjects.isEmpty { add(Self.word(""), 1, to: &vector) }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 {
            for index in vector.indices { vector[index] /= length }
        } else {
            vector[0] = 1
        }
        return vector
    }

    private static func word(_ text: String) -> UInt64 {
        var hash = FeatureHash(1)
        hash.add(text)
        return hash.mixed
    }

    /// Three and four letters at a time, with marks at the ends: misheard words still share most of them.
    private func addPieces(of word: String, _ weight: Float, to vector: inout [Float]) {
        let letters = [UInt8(ascii: "^")] + Array(word.utf8) + [UInt8(ascii: "$")]
        let count = max(0, letters.count - 2) + max(0, letters.count - 3)
        guard count > 0 else { return }
        let share = weight * (Self.pieces / Float(count)).squareRoot()
        for length in 3...4 where letters.count >= length {
            for start in 0...(letters.count - length) {
                var hash = FeatureHash(2)
                for letter in letters[start..<start + length] { hash.add(letter) }
                add(hash.mixed, share, to: &vector)
            }
        }
    }

    private func add(_ feature: UInt64, _ weight: Float, to vector: inout [Float]) {
        let index = Int((feature >> 1) % UInt64(dimension))
        vector[index] += feature & 1 == 0 ? weight : -weight
    }
}
