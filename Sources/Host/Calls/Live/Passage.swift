public import JSONKit

/// A piece of a document that may hold the answer.
public struct Passage: Sendable, Equatable {
    public let text: String
    /// As the collection's metric gives it; higher is nearer.
    public let score: Double
    public let document: String
    /// What it stands under in its document; may be empty.
    public let heading: String

    public init(text: String, score: Double, document: String, heading: String = "") {
        (self.text, self.score, self.document, self.heading) = (text, score, document, heading)
    }

    public var json: JSON {
        [
            "text": .string(text), "score": .double(score), "document": .string(document), "heading": .string(heading),
        ]
    }

    /// As a model reads it.
    public var titled: String { heading.isEmpty ? text : "\(heading): \(text)" }
}
