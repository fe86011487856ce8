public import Core
public import JSONKit

/// What is known of a loaded plugin.
public struct PluginInfo: Sendable {
    public let name: String
    public let kind: Core.Kind
    public let version: String
    /// Counts from 1 with every exchange.
    public let generation: Int
    public let path: String
    /// SHA-256 of the file.
    public let digest: String
    public let blocks: Bool
    public let streams: Int
    public let config: JSON
    /// Older generations that still have open streams.
    public let draining: [Int]
    public let loadedAt: Timestamp
}

/// The outcome of an exchange.
public struct SwapInfo: Sendable {
    public let name: String
    public let generation: Int
    public let previous: Int
    /// Streams that are still open on the previous generation.
    public let draining: Int
}
