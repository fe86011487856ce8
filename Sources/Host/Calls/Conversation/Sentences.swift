/// Cuts a reply that arrives in pieces into sentences for synthesis, each as early as it is certain.
///
/// The first sentence decides how long the caller waits, so it may also end at a clause once it is long. A pure value.
struct Sentences: Sendable {
    private var pending: [Character] = []
    private var scanned = 0
    private var isFirst = true

    /// After so many characters the first sentence may end at a comma; later ones wait longer.
    static let firstClause = 48
    static let laterClause = 180
    /// Nobody speaks longer without a breath: cut at a space.
    static let longest = 320

    /// Takes a piece and returns the sentences that are complete now.
    mutating func append(_ piece: String) -> [String] {
        pending.append(contentsOf: piece)
        var sentences: [String] = []
        while let end = nextEnd() {
            if let sentence = take(end) { sentences.append(sentence) }
        }
        return sentences
    }

    /// The reply is complete: what is left is the last sentence, if anything is.
    mutating func finish() -> String? { take(pending.count) }

    /// Drops what is not yet cut.
    mutating func reset() { self = Sentences() }

    private mutating func take(_ end: Int) -> String? {
        let text = String(pending[..<end].filter { $0 != "*" && $0 != "`" })
        pending.removeFirst(end)
        scanned = 0
        let sentence = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard sentence.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
        isFirst = false
        return sentence
    }

    private mutating func nextEnd() -> Int? {
        while scanned < pending.count {
            switch verdict(at: scanned) {
            case .end(let end): return end
            case .undecided: return pending.count > Self.longest ? forcedEnd() : nil
            case .goOn: scanned += 1
            }
        }
        return pending.count > Self.longest ? forcedEnd() : nil
    }

    private enum Verdict { case goOn, undecided, end(Int) }

    private func verdict(at index: Int) -> Verdict {
        switch pending[index] {
        case "\n", "\r\n": return .end(index + 1)
        case "。", "！", "？": return .end(index + 1)
        case ".", "!", "?", "…": return terminator(at: index)
        case ",", ";", ":", "–", "—": return clause(at: index)
        default: return .goOn
        }
    }

    /// A full stop ends a sentence only if white space follows, and not after an abbreviation.
    private func terminator(at index: Int) -> Verdict {
        var end = index + 1
        while end < pending.count, ".!?…\"'”’)]".contains(pending[end]) { end += 1 }
        guard end < pending.count else { return .undecided }
        guard pending[end].isWhitespace else { return .goOn }
        guard pending[index] == ".", end == index + 1 else { return .end(end) }
        return abbreviation(before: index, after: end) ?? .end(end)
    }

    private func clause(at index: Int) -> Verdict {
        guard index >= (isFirst ? Self.firstClause : Self.laterClause) else { return .goOn }
        guard index + 1 < pending.count else { return .undecided }
        return pending[index + 1].isWhitespace ? .end(index + 1) : .goOn
    }

    private static let never: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "st", "no", "nr", "vs", "e.g", "i.e", "ca", "approx", "dept", "ext", "tel",
    ]
    private static let sometimes: Set<String> = ["a.m", "p.m", "etc", "inc", "ltd", "co", "jr", "sr"]

    /// What a full stop behind a word means, if the word is an abbreviation; nil: it is none.
    private func abbreviation(before index: Int, after end: Int) -> Verdict? {
        let start = pending[..<index].lastIndex { $0.isWhitespace || $0 == "(" }.map { $0 + 1 } ?? 0
        let word = String(pending[start..<index])
        let isInitial = word.count == 1 && word != "I" && word.first?.isUppercase == true
        if isInitial || Self.never.contains(word.lowercased()) { return .goOn }
        guard Self.sometimes.contains(word.lowercased()) else { return nil }
        guard let next = pending[end...].first(where: { !$0.isWhitespace }) else { return .undecided }
        return next.isUppercase ? .end(end) : .goOn
    }

    private func forcedEnd() -> Int {
        (pending[..<Self.longest].lastIndex(where: \.isWhitespace) ?? Self.longest - 1) + 1
    }
}
