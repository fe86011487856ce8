public import JSONKit

/// The collections that agents look things up in, as the control plane sees them.
public struct CollectionServices: Sendable {
    /// A collection as `collection.list` shows it.
    public struct Summary: Sendable {
        public var name: String
        /// `cosine`, `dot` or `euclid`.
        public var metric: String
        /// The route that turns text into vectors.
        public var embedder: String
        /// 0 until the first document.
        public var dimension: Int
        public var documents: Int
        public var passages: Int

        public init(
            name: String,
            metric: String,
            embedder: String,
            dimension: Int,
            documents: Int,
            passages: Int
        ) {
            (self.name, self.metric, self.embedder) = (name, metric, embedder)
            (self.dimension, self.documents, self.passages) = (dimension, documents, passages)
        }
    }

    /// A document to add.
    public struct Input: Sendable {
        public var id: String
        public var text: String
        public var metadata: JSON
    }

    /// A passage that was found.
    public struct Hit: Sendable {
        public var document: String
        public var text: String
        /// Higher is nearer.
        public var score: Double
        public var metadata: JSON

        public init(document: String, text: String, score: Double, metadata: JSON) {
            (self.document, self.text, self.score, self.metadata) = (document, text, score, metadata)
        }
    }

    /// Why a collection did not do what was asked; each with words for people.
    public enum Problem: Error, Sendable {
        case notFound(String)
        case alreadyExists(String)
        /// A name, a metric or a filter makes no sense.
        case invalid(String)
        /// The embedder's vectors have another length than the collection's.
        case dimensionMismatch(String)
        /// No plugin of the embedder's route answered.
        case unembedded(String)
        /// It could not be made durable.
        case store(String)
    }

    public typealias Create =
        @Sendable (_ name: String, _ metric: String, _ embedder: String) async throws(Problem) -> Summary
    public typealias Search =
        @Sendable (_ name: String, _ text: String, _ limit: Int, _ filter: JSON?) async throws(Problem) -> [Hit]

    public var create: Create
    /// By name.
    public var list: @Sendable () async throws(Problem) -> [Summary]
    /// Durable on return.
    public var add: @Sendable (_ name: String, [Input]) async throws(Problem) -> Summary
    /// Nearest first; the filter's members must be in the metadata with the same values.
    public var search: Search
    /// The whole collection, or the documents of these ids; the number of documents that went.
    public var delete: @Sendable (_ name: String, _ documents: [String]?) async throws(Problem) -> Int

    public init(
        create: @escaping Create,
        list: @escaping @Sendable () async throws(Problem) -> [Summary],
        add: @escaping @Sendable (String, [Input]) async throws(Problem) -> Summary,
        search: @escaping Search,
        delete: @escaping @Sendable (String, [String]?) async throws(Problem) -> Int
    ) {
        (self.create, self.list, self.add, self.search, self.delete) = (create, list, add, search, delete)
    }
}
