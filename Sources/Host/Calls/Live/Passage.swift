public import JSONKit

/// A piece of a document that may hold the answer.
public struct Passage: Sendable, Equatable {
    public let text: String
    /// As the collection's metric gives it; higher is nearer.
    public let score: Double
    public let document: String

    public init(text: String, score: Double, document: String) {
        (self.text, self.score, self.document) = (text, score, document)
    }

    public var json: JSON { ["text": .string(text), "score": .double(score), "document": .string(document)] }
}
