import Core

/// Calls that were turned away at the carrier's webhook, by reason. All reasons stand on the metrics page from the start, so
/// that a rate sees the first one. Any thread.
struct RejectedCalls: Sendable {
    private let draining = counter("draining")
    private let unready = counter("not_ready")
    private let unknown = counter("no_agent")

    enum Reason {
        /// The host is about to stop.
        case draining
        /// What `/readyz` tells: all lines are busy, a route is incomplete, the log cannot be written.
        case notReady
        /// Nobody answers this number.
        case noAgent
    }

    func count(_ reason: Reason) {
        switch reason {
        case .draining: draining.add()
        case .notReady: unready.add()
        case .noAgent: unknown.add()
        }
    }

    private static func counter(_ reason: String) -> Counter {
        Metrics.shared.counter(
            "patchbay_calls_rejected_total",
            help: "Calls that were turned away; not_ready: as /readyz tells.",
            labels: [("reason", reason)]
        )
    }
}
