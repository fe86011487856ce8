public import Calls
public import JSONKit
public import PluginHost
public import Routes
public import Store

/// What the control plane works on; bound once, in the executable.
public struct Services: Sendable {
    /// The host as a whole.
    public var system: SystemServices
    public var plugins: Registry
    public var routes: RouteTable
    public var calls: CallDirectoryServices
    /// The event log, and the documents of agents and routes.
    public var store: Store
    public var sessions: any Sessions
    public var collections: CollectionServices
    /// The configuration as it was written.
    public var configuration: JSON
    /// Told after an agent was put, or deleted (nil). Any thread.
    public var agentChanged: @Sendable (String, AgentDocument?) -> Void

    public init(
        system: SystemServices,
        plugins: Registry,
        routes: RouteTable,
        calls: CallDirectoryServices,
        store: Store,
        sessions: any Sessions,
        collections: CollectionServices,
        configuration: JSON,
        agentChanged: @escaping @Sendable (String, AgentDocument?) -> Void
    ) {
        (self.system, self.plugins, self.routes, self.calls) = (system, plugins, routes, calls)
        (self.store, self.sessions, self.collections) = (store, sessions, collections)
        (self.configuration, self.agentChanged) = (configuration, agentChanged)
    }
}
