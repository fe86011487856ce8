public import Core
public import JSONKit

/// A named JSON document with its revision.
public struct Document: Sendable, Equatable {
    public let name: String
    /// Counts from 1 with every change.
    public let revision: Int64
    public let updated: Timestamp
    public let body: JSON
}
