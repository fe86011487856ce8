public import Core
public import Store

/// The warehouse, as the daily job asks it.
public struct DailyWarehouse: Sendable {
    /// Whether there is one.
    public var isThere: @Sendable () -> Bool
    /// Events of each topic between two times.
    public var counts: @Sendable (Timestamp, Timestamp) async throws(JobFailure) -> [String: Int]
    /// Loads events; those that stand there already are none the more.
    public var load: @Sendable ([Recorded]) async throws(JobFailure) -> Void

    public init(
        isThere: @escaping @Sendable () -> Bool,
        counts: @escaping @Sendable (Timestamp, Timestamp) async throws(JobFailure) -> [String: Int],
        load: @escaping @Sendable ([Recorded]) async throws(JobFailure) -> Void
    ) {
        (self.isThere, self.counts, self.load) = (isThere, counts, load)
    }
}
