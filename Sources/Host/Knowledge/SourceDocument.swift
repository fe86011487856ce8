public import JSONKit

/// A document to be searched.
public struct SourceDocument: Sendable, Equatable {
    /// Unique in its collection; adding it again replaces it.
    public let id: String
    public let text: String
    /// An object; searches can be narrowed by its members.
    public let metadata: JSON

    public init(id: String, text: String, metadata: JSON = [:]) {
        (self.id, self.text, self.metadata) = (id, text, metadata)
    }
}
