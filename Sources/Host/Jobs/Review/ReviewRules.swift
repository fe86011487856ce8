import JSONKit

/// A review without a model: from the outcome and the caller's own words. Better than nothing, and always there.
enum ReviewRules {
    /// Goes into the event; count up when a rule changes.
    static let version = 1

    private static let glad: Set<String> = [
        "thank", "thanks", "great", "perfect", "lovely", "wonderful", "excellent", "brilliant", "good", "happy", "nice",
        "helpful", "awesome", "fantastic", "appreciate", "pleased",
    ]
    private static let cross: Set<String> = [
        "angry", "terrible", "awful", "useless", "ridiculous", "complaint", "complain", "unacceptable", "worst", "hate",
        "annoyed", "frustrated", "frustrating", "disappointed", "refund", "nonsense", "stupid", "bad", "wrong",
    ]
    private static let negations: Set<String> = ["not", "no", "never", "isn't", "wasn't", "don't", "didn't", "nothing"]

    static func review(_ call: JSON) -> Review {
        let said = (call["transcript"]?.array ?? []).filter { $0["who"]?.string == "caller" }
        let words = said.compactMap { $0["text"]?.string }.joined(separator: " ")
        let (sentiment, resolution) = (sentiment(words), resolution(call, hasSpoken: !said.isEmpty))
        let disposition = call["disposition"]?.string ?? "unknown"
        let turns = call["turns"]?.int ?? 0
        let summary = "\(turns) turns, ended as \(disposition.replacing("_", with: " ")); \(resolution.rawValue)."
        return Review(sentiment: sentiment, resolution: resolution, summary: summary, by: "rules")
    }

    /// Glad words against cross ones; one behind a negation counts for the other side.
    static func sentiment(_ text: String) -> Review.Sentiment {
        let words = text.lowercased().split { !$0.isLetter && $0 != "'" }.map(String.init)
        var balance = 0
        for (index, word) in words.enumerated() {
            let value = glad.contains(word) ? 1 : cross.contains(word) ? -1 : 0
            guard value != 0 else { continue }
            let isNegated = words[max(0, index - 2)..<index].contains { negations.contains($0) }
            balance += isNegated ? -value : value
        }
        return balance > 0 ? .positive : balance < 0 ? .negative : .neutral
    }

    private static func resolution(_ call: JSON, hasSpoken: Bool) -> Review.Resolution {
        let disposition = call["disposition"]?.string ?? ""
        func has(_ parts: String...) -> Bool { parts.contains { disposition.contains($0) } }
        if has("transferred") { return .transferred }
        if !hasSpoken || has("hung_up_early", "no_input", "abandoned") { return .abandoned }
        if has("unfinished", "failed", "not_", "no_", "wrong", "max_duration", "hung_up", "hangup", "interrupted") {
            return .unresolved
        }
        return .resolved
    }
}
