public import JSONKit

/// What is known of a collection.
public struct CollectionInfo: Sendable, Equatable {
    public let name: String
    public let metric: Metric
    /// Learned from the first vector; 0 until then.
    public let dimension: Int
    public let documents: Int
    public let chunks: Int

    public var json: JSON {
        [
            "name": .string(name), "metric": .string(metric.rawValue), "dimension": .int(Int64(dimension)),
            "documents": .int(Int64(documents)), "chunks": .int(Int64(chunks)),
        ]
    }
}
