public import Core
public import JSONKit
public import PluginHost
import Synchronization

/// The routes by name. Any thread. A session keeps the route it was opened with.
public final class RouteTable: Sendable {
    let registry: Registry
    /// Where questions off the call path are asked.
    let loop: any EventLoop
    let record: @Sendable (Event) -> Void
    /// What the host has learned of each provider.
    public let breakers: Breakers
    private let routes = Mutex<[String: Route]>([:])
    private let rates = Mutex<[String: Int]>([:])

    /// `loop` carries the one-shot questions of `ask`; `record` gets `route.fell_back` and `route.changed`.
    public init(registry: Registry, loop: any EventLoop, record: @escaping @Sendable (Event) -> Void = { _ in }) {
        (self.registry, self.loop, self.record) = (registry, loop, record)
        breakers = Breakers(record: record)
    }

    /// Creates or replaces a route. Sessions that are open go on with the one they have.
    public func set(_ route: Route) {
        RouteMetrics.shared.expect(route)
        let previous = routes.withLock { routes in
            defer { routes[route.name] = route }
            return routes[route.name]
        }
        if previous != route { record(Event(.routeChanged, key: route.name, data: route.json)) }
    }

    /// All routes, by name.
    public func list() -> [Route] { routes.withLock { $0.values.sorted { $0.name < $1.name } } }

    public func get(_ name: String) -> Route? { routes.withLock { $0[name] } }

    /// The route of this name and kind.
    /// - Throws: `.unknown`.
    public func get(_ name: String, kind: Kind) throws(RouteFailure) -> Route {
        guard let route = get(name), route.kind == kind else {
            let message = "there is no \(kind.rawValue) route called \(name)"
            throw RouteFailure(.unknown, route: name, kind: kind, retryable: false, message: message)
        }
        return route
    }

    /// A session through a route. Nothing is opened before the first item. Call this on `loop`, where it lives; `key` is
    /// what its events are about, `options` what the kind's contract wants (a step's own come beneath).
    public func session(
        _ name: String,
        kind: Kind,
        options: JSON = [:],
        key: String,
        loop: any EventLoop,
        receiver: any RouteReceiver,
        replay: (any ReplaySource)? = nil
    ) throws(RouteFailure) -> RouteSession {
        RouteSession(try get(name, kind: kind), self, options, key: key, loop: loop, receiver: receiver, replay: replay)
    }

    /// Samples a second that a plugin wants to get and gives, as `x-audio` of its configuration schema says; else 8,000.
    func sampleRate(of instance: Instance) -> Int {
        let key = "\(instance.name)#\(instance.generation)"
        if let known = rates.withLock({ $0[key] }) { return known }
        let wanted = (try? registry.schema(instance.name))?["x-audio"]?["sample_rate"]?.int ?? 8000
        let rate = (8000...48_000).contains(wanted) ? Int(wanted) : 8000
        rates.withLock { $0[key] = rate }
        return rate
    }
}
