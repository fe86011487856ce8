import JSONKit

/// Reads a model's answer: JSON and nothing else counts, and only words that we know.
enum ReviewAnswer {
    /// Nil where the answer is of no use.
    static func read(_ text: String) -> Review? {
        guard let json = object(in: text),
            let sentiment = json["sentiment"]?.string.flatMap({ Review.Sentiment(rawValue: $0.lowercased()) }),
            let resolution = json["resolution"]?.string.flatMap({ Review.Resolution(rawValue: $0.lowercased()) }),
            let summary = json["summary"]?.string, !summary.isEmpty
        else { return nil }
        let short = String(summary.prefix(Review.longestSummary))
        return Review(sentiment: sentiment, resolution: resolution, summary: short, by: "model")
    }

    /// The one object of a text that models like to put a fence or a word of welcome around.
    private static func object(in text: String) -> JSON? {
        guard let first = text.firstIndex(of: "{"), let last = text.lastIndex(of: "}"), first < last else { return nil }
        let json = try? JSON(parsing: String(text[first...last]))
        return json?.object == nil ? nil : json
    }
}
