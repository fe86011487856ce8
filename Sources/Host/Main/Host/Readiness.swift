import Core
import PluginHost
import Routes
import Store
import Synchronization

/// Whether the host can take calls, and if not, why. Any thread.
final class Readiness: Sendable {
    private let registry: Registry
    private let routes: RouteTable
    private let log: EventLog
    private let draining = Mutex(false)
    /// Without these no conversation is possible.
    private static let needed: [Kind] = [.asr, .llm, .tts]

    init(registry: Registry, routes: RouteTable, log: EventLog) {
        (self.registry, self.routes, self.log) = (registry, routes, log)
    }

    var isDraining: Bool { draining.withLock { $0 } }

    /// From now on calls are refused. True the first time.
    func drain() -> Bool {
        draining.withLock { draining in
            defer { draining = true }
            return !draining
        }
    }

    /// What stands in the way; empty when nothing does.
    func obstacles() -> [String] {
        var reasons: [String] = []
        for kind in Self.needed {
            guard let route = routes.get(kind.rawValue) else {
                reasons.append("no route for \(kind.rawValue): set routes.\(kind.rawValue)")
                continue
            }
            if !route.steps.contains(where: { (try? registry.lease($0.plugin)) != nil }) {
                reasons.append("no plugin of the route \(route.name) is loaded")
            }
        }
        if !log.isHealthy { reasons.append("the event log cannot be written") }
        return reasons
    }
}
