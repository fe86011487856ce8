public import JSONKit
public import Jobs
public import Knowledge
public import PluginHost
public import Routes
public import Store

/// What the control plane works on; bound once, in the executable.
public struct Services: Sendable {
    /// The host as a whole.
    public var system: SystemServices
    public var plugins: Registry
    public var check: CheckRunner
    public var routes: RouteTable
    public var calls: CallDirectoryServices
    /// Places a call.
    public var place: @Sendable (CallWish) async throws(PlacingFailure) -> PlacedByHand
    public var agents: AgentServices
    /// The event log, the deliveries, and the documents of routes.
    public var store: Store
    /// Durable work off the calls.
    public var jobs: JobRunner
    public var campaigns: CampaignServices
    public var sessions: any Sessions
    public var collections: Collections
    /// The configuration in force.
    public var configuration: JSON

    public init(
        system: SystemServices,
        plugins: Registry,
        check: CheckRunner,
        routes: RouteTable,
        calls: CallDirectoryServices,
        place: @escaping @Sendable (CallWish) async throws(PlacingFailure) -> PlacedByHand,
        agents: AgentServices,
        store: Store,
        jobs: JobRunner,
        campaigns: CampaignServices,
        sessions: any Sessions,
        collections: Collections,
        configuration: JSON
    ) {
        (self.system, self.plugins, self.check) = (system, plugins, check)
        (self.routes, self.calls, self.place) = (routes, calls, place)
        (self.agents, self.store, self.jobs, self.sessions) = (agents, store, jobs, sessions)
        (self.campaigns, self.collections, self.configuration) = (campaigns, collections, configuration)
    }

    /// The documents (`Store.documents`) that hold routes set at run time, by name, as `Route.json`. The executable sets
    /// them again at start, after those of the configuration.
    public static let routeDocuments = "routes"
}
