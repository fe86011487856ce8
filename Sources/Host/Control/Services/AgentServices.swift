public import Calls
public import Store

/// The agent documents, as the control plane sees them. A live call keeps the document it began with.
public struct AgentServices: Sendable {
    /// By name.
    public var list: @Sendable () async throws(StoreError) -> [Document]
    public var get: @Sendable (String) async throws(StoreError) -> Document?
    /// Stores a checked document, if it is still at the revision given; calls that begin from now on use it.
    public var put: @Sendable (AgentDocument, Int64?) async throws(StoreError) -> Document
    /// Whether there was one.
    public var delete: @Sendable (String) async throws(StoreError) -> Bool

    public init(
        list: @escaping @Sendable () async throws(StoreError) -> [Document],
        get: @escaping @Sendable (String) async throws(StoreError) -> Document?,
        put: @escaping @Sendable (AgentDocument, Int64?) async throws(StoreError) -> Document,
        delete: @escaping @Sendable (String) async throws(StoreError) -> Bool
    ) {
        (self.list, self.get, self.put, self.delete) = (list, get, put, delete)
    }
}
