public import Calls
public import Core
public import PluginHost
public import Store

/// What the gateway needs from the rest of the host; bound once, in the executable. All closures from any thread.
public struct GatewayServices: Sendable {
    public var registry: Registry
    public var calls: CallDirectory
    /// Appends a fact to the event log.
    public var record: @Sendable (Event) -> Void
    /// The agent that answers; nil: nobody does, and the call is rejected.
    public var choose: @Sendable (Incoming) -> AgentDocument?
    /// What a call was placed for, by the attempt in the address that the carrier asks; nil: nobody has ordered it.
    /// Of one that is over, too: what is told of it may come late. Throws where nobody can say now.
    public var placed: @Sendable (_ attempt: String) async throws(StoreError) -> PlacedCall?
    /// The call that a host which has died leaves behind, by the carrier's identifier; nil: there is none.
    public var takeOver: @Sendable (String) async -> CallDetails?
    /// Appends facts that somebody outside tells, each once; false where they cannot be made durable now.
    public var keep: @Sendable ([Event]) async -> Bool
    /// What a blob store says when it tells what it has stored, or nil where the secret is not there; nil: nobody may tell.
    public var noticeSecret: (@Sendable () -> String?)?
    /// The same of a CRM that wants campaigns to start.
    public var wishSecret: (@Sendable () -> String?)?
    /// Why the host cannot take calls; empty when it can.
    public var obstacles: @Sendable () -> [String]
    /// Whether new calls are refused because the host is about to stop.
    public var isDraining: @Sendable () -> Bool
    /// How carriers reach this host, without a slash at the end, as in `https://voice.example.org`.
    public var publicURL: String

    public init(
        registry: Registry,
        calls: CallDirectory,
        record: @escaping @Sendable (Event) -> Void,
        choose: @escaping @Sendable (Incoming) -> AgentDocument?,
        placed: @escaping @Sendable (String) async throws(StoreError) -> PlacedCall? = { _ in nil },
        takeOver: @escaping @Sendable (String) async -> CallDetails? = { _ in nil },
        keep: @escaping @Sendable ([Event]) async -> Bool = { _ in false },
        noticeSecret: (@Sendable () -> String?)? = nil,
        wishSecret: (@Sendable () -> String?)? = nil,
        obstacles: @escaping @Sendable () -> [String],
        isDraining: @escaping @Sendable () -> Bool,
        publicURL: String
    ) {
        (self.registry, self.calls, self.record, self.choose) = (registry, calls, record, choose)
        self.placed = placed
        (self.takeOver, self.keep) = (takeOver, keep)
        (self.noticeSecret, self.wishSecret) = (noticeSecret, wishSecret)
        (self.obstacles, self.isDraining, self.publicURL) = (obstacles, isDraining, publicURL)
    }
}
