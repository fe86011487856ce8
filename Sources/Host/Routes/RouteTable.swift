public import Core
import Synchronization

/// The routes by name. Any thread. A session keeps the route it was opened with.
public final class RouteTable: Sendable {
    private let routes = Mutex<[String: Route]>([:])

    public init() {}

    /// Creates or replaces a route.
    public func set(_ route: Route) { routes.withLock { $0[route.name] = route } }

    /// All routes, by name.
    public func list() -> [Route] { routes.withLock { $0.values.sorted { $0.name < $1.name } } }

    public func get(_ name: String) -> Route? { routes.withLock { $0[name] } }

    /// The route of this name if it is of this kind; nil otherwise.
    public func get(_ name: String, kind: Kind) -> Route? {
        guard let route = get(name), route.kind == kind else { return nil }
        return route
    }
}
