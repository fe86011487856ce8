/// Words that callers and documents use for one thing.
public struct Synonyms: Sendable {
    private let first: [String: String]

    /// Each group's words count as its first word.
    public init(_ groups: [[String]]) {
        var first: [String: String] = [:]
        for group in groups {
            guard let head = group.first?.lowercased().stem else { continue }
            for word in group { first[word.lowercased().stem] = head }
        }
        self.first = first
    }

    /// What a stem counts as.
    public func meaning(of stem: String) -> String { first[stem] ?? stem }

    /// What a text is about: the meanings of its words, without words of grammar unless there is nothing else.
    public func subjects(of text: String) -> [String] {
        let words = Words.split(text)
        let telling = words.filter { !Words.ofGrammar.contains($0) || first[$0.stem] != nil }
        return (telling.isEmpty ? words : telling).map { meaning(of: $0.stem) }
    }

    /// Everyday words of telephone calls in English.
    public static let everyday: [[String]] = [
        ["cost", "price", "charge", "fee", "pay", "expensive", "cheap", "much", "pound", "dollar", "euro"],
        ["open", "hours", "opening", "closed", "close", "closing"],
        ["repair", "fix", "mend"],
        ["bicycle", "bike", "cycle"],
        ["telephone", "phone", "call"],
        ["parking", "park", "car"],
        ["where", "location", "address", "find", "located"],
        ["warranty", "guarantee"],
        ["lend", "loan", "borrow"],
        ["appointment", "booking", "reservation", "book", "reserve"],
        ["cancel", "cancellation"],
        ["day", "weekday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekend"],
        ["bring", "take", "carry"],
        ["puncture", "flat"],
        ["tire", "tyre"],
    ]
}
