import Core
import PluginHost
import Synchronization

/// Counters of requests and fallbacks, looked up once each.
final class RouteMetrics: Sendable {
    static let shared = RouteMetrics()
    private let counters = Mutex<[String: Counter]>([:])

    func request(_ kind: Kind, _ provider: String, _ result: String) {
        count("\(kind.rawValue)|\(provider)|\(result)") {
            Metrics.shared.counter(
                "patchbay_provider_requests_total",
                help: "Items answered or failed, by provider.",
                labels: [("kind", kind.rawValue), ("provider", provider), ("result", result)]
            )
        }
    }

    func request(_ kind: Kind, _ provider: String, _ failure: PluginFailure) {
        switch failure.code {
        case .timeout: request(kind, provider, "timeout")
        case .overloaded: request(kind, provider, "ratelimited")
        case .superseded, .cancelled: break
        default: request(kind, provider, failure.retryAfter == nil ? "error" : "ratelimited")
        }
    }

    func fallback(_ kind: Kind, _ from: String, _ to: String, times: UInt64 = 1) {
        count("\(kind.rawValue)|\(from)>\(to)", times) {
            Metrics.shared.counter(
                "patchbay_fallbacks_total",
                help: "Times a route went on with another provider.",
                labels: [("kind", kind.rawValue), ("from", from), ("to", to)]
            )
        }
    }

    /// What a route's steps will be counted under stands on the page before the first one is asked.
    func expect(_ route: Route) {
        for step in route.steps { _ = breaker(step.plugin) }
        for (step, next) in zip(route.steps, route.steps.dropFirst()) {
            fallback(route.kind, step.plugin, next.plugin, times: 0)
        }
    }

    func breaker(_ plugin: String, isOpen: Bool) { breaker(plugin).set(isOpen ? 1 : 0) }

    private func breaker(_ plugin: String) -> Gauge {
        Metrics.shared.gauge(
            "patchbay_breaker_open",
            help: "1 while nobody asks the provider because it is down.",
            labels: [("provider", plugin)]
        )
    }

    private func count(_ key: String, _ times: UInt64 = 1, _ make: () -> Counter) {
        let counter = counters.withLock { counters in
            if let known = counters[key] { return known }
            let made = make()
            counters[key] = made
            return made
        }
        counter.add(times)
    }
}
