import Core
import Store

/// What is told of jobs on the metrics page.
struct JobFigures: Sendable {
    private let states: [(state: Job.State, gauge: Gauge)]

    init() {
        states = [Job.State.queued, .running, .failed].map { state in
            let help = "Jobs by state; failed ones wait for somebody to have them done again."
            let labels = [(name: "state", value: state.rawValue)]
            return (state, Metrics.shared.gauge("patchbay_jobs", help: help, labels: labels))
        }
    }

    func show(_ counts: [Job.State: Int]) { for (state, gauge) in states { gauge.set(Double(counts[state] ?? 0)) } }

    /// A try has ended.
    func ended(_ kind: String, _ outcome: String, seconds: Double) {
        let labels = [(name: "kind", value: kind), (name: "outcome", value: outcome)]
        Metrics.shared.counter("patchbay_job_tries_total", help: "Tries of jobs by outcome.", labels: labels).add()
        Metrics.shared.histogram(
            "patchbay_job_seconds",
            help: "Duration of a try.",
            bounds: [0.1, 1, 5, 15, 60, 300, 1800],
            labels: [(name: "kind", value: kind)]
        ).observe(seconds)
    }
}
