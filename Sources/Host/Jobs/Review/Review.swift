import JSONKit

/// What was found out about a call after it: the caller's mood and whether the matter is settled.
struct Review: Equatable {
    enum Sentiment: String, CaseIterable { case positive, neutral, negative }
    enum Resolution: String, CaseIterable { case resolved, unresolved, transferred, abandoned }

    var sentiment: Sentiment
    var resolution: Resolution
    /// One or two sentences; may hold what the caller said.
    var summary: String
    /// `model`, or `rules` where no model gave a usable answer.
    var by: String

    static let longestSummary = 600

    var json: JSON {
        [
            "sentiment": .string(sentiment.rawValue), "resolution": .string(resolution.rawValue),
            "summary": .string(summary), "by": .string(by), "rules": .int(Int64(ReviewRules.version)),
        ]
    }
}
