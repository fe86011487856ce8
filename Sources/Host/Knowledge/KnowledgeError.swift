/// Why a collection could not do what it was asked.
public enum KnowledgeError: Error, Equatable, Sendable, CustomStringConvertible {
    case notFound(String)
    case alreadyExists(String)
    /// The embedder gives vectors of another length than the collection has.
    case dimensionMismatch(expected: Int, found: Int)
    /// A name, a text or a vector that cannot be used.
    case invalid(String)
    /// No embedder answered.
    case embedding(String)
    case storage(String)

    public var description: String {
        switch self {
        case .notFound(let name): "no collection is called \(name)"
        case .alreadyExists(let name): "a collection called \(name) exists already"
        case .dimensionMismatch(let expected, let found):
            "the embedder gives \(found) numbers, the collection holds \(expected): create a new collection for it"
        case .invalid(let reason): reason
        case .embedding(let reason): "embedding failed: \(reason)"
        case .storage(let reason): "the collection cannot be stored: \(reason)"
        }
    }
}
