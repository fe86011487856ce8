public import JSONKit

/// A passage that a search found.
public struct Hit: Sendable, Equatable {
    /// The document it is from.
    public let document: String
    /// What the passage stands under in it; may be empty.
    public let heading: String
    public let text: String
    /// By the collection's metric; higher is nearer.
    public let score: Double
    public let metadata: JSON

    public var json: JSON {
        ["document": .string(document), "text": .string(text), "score": .double(score), "metadata": metadata]
    }
}
