public import Calls
public import Core
public import PluginHost

/// What the gateway needs from the rest of the host; bound once, in the executable. All closures from any thread.
public struct GatewayServices: Sendable {
    public var registry: Registry
    public var calls: CallDirectory
    /// Appends a fact to the event log.
    public var record: @Sendable (Event) -> Void
    /// The agent that answers; nil: nobody does, and the call is rejected.
    public var choose: @Sendable (Incoming) -> AgentDocument?
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
        obstacles: @escaping @Sendable () -> [String],
        isDraining: @escaping @Sendable () -> Bool,
        publicURL: String
    ) {
        (self.registry, self.calls, self.record, self.choose) = (registry, calls, record, choose)
        (self.obstacles, self.isDraining, self.publicURL) = (obstacles, isDraining, publicURL)
    }
}
