public import Core
public import Store

/// How a host dials.
public struct DiallerSettings: Sendable {
    /// What the host is called.
    public var host: String
    /// This process: another one of the same host is somebody else.
    public var owner: String
    /// Other hosts dial from the same database.
    public var isShared: Bool
    /// Calls that the host can hold, none while it takes no calls, and those that it holds, whatever they are.
    public var load: @Sendable () -> (limit: Int, live: Int)
    /// Has a campaign paused, with the reason.
    public var pause: @Sendable (_ campaign: String, _ reason: String, _ at: Timestamp) async throws(StoreError) -> Void
    /// How often campaigns are looked at.
    public var tick: Duration = .milliseconds(250)
    /// How often it is looked whether every attempt has somebody who looks after it.
    public var sweep: Duration = .seconds(5)
    /// How often counts are kept.
    public var keeping: Duration = .seconds(60)
    /// A host that is not heard of for so long has lost its attempts.
    public var lease: Duration = .seconds(30)

    public init(
        host: String,
        owner: String,
        isShared: Bool,
        load: @escaping @Sendable () -> (limit: Int, live: Int),
        pause: @escaping @Sendable (String, String, Timestamp) async throws(StoreError) -> Void
    ) {
        (self.host, self.owner, self.isShared, self.load) = (host, owner, isShared, load)
        self.pause = pause
    }
}
