import Core

/// What is told of a campaign's dialling on the metrics page.
struct DialMetrics: Sendable {
    private let campaign: String
    private let ringing: Gauge
    private let talking: Gauge
    private let places: Gauge
    private let level: Gauge
    private let queue: Gauge
    private let abandoned: Gauge
    private let budget: Gauge
    private let breaker: Gauge
    private let placing: Histogram

    init(_ campaign: String) {
        self.campaign = campaign
        let metrics = Metrics.shared
        func gauge(_ name: String, _ help: String, _ more: Metrics.Labels = []) -> Gauge {
            metrics.gauge("patchbay_dial_\(name)", help: help, labels: [(name: "campaign", value: campaign)] + more)
        }
        let live = "Calls of the campaign under way on this host."
        ringing = gauge("live", live, [(name: "state", value: "ringing")])
        talking = gauge("live", live, [(name: "state", value: "talking")])
        places = gauge("places", "Places for conversations that this host keeps for the campaign.")
        level = gauge("rate_level", "Of the campaign's calls a second, what congestion and a slow start leave; 1: all.")
        queue = gauge("queue_seconds", "The longest wait of a call that the carrier has taken and not begun.")
        abandoned = gauge("abandoned_share", "Calls not greeted within 2 s, of those that people answered in 30 days.")
        budget = gauge("abandoned_left", "Calls that may still be abandoned before the share is above the target.")
        breaker = gauge(
            "breaker_failures",
            "Failures by the carrier's fault among the last 50 calls; above 10 it pauses."
        )
        placing = metrics.histogram(
            "patchbay_dial_place_seconds",
            help: "How long the carrier took to answer a request to place a call.",
            bounds: Histogram.stageBounds,
            labels: [(name: "campaign", value: campaign)]
        )
    }

    func show(_ machine: borrowing DialMachine, places: Int, budget: Int, share: Double, at now: Timestamp) {
        ringing.set(Double(machine.ringing))
        talking.set(Double(machine.talking))
        self.places.set(Double(places))
        level.set(machine.throttle.level)
        queue.set(machine.queueTime(at: now).fractionalSeconds)
        abandoned.set(share)
        self.budget.set(Double(budget))
        breaker.set(Double(machine.breaker.failures))
    }

    /// What the carrier answered, after so long.
    func placed(_ outcome: String, seconds: Double) {
        placing.observe(seconds)
        count("placed", "Requests to place a call, by the carrier's answer.", (name: "answer", value: outcome))
    }

    func ended(_ disposition: String) {
        // An agent may call a conversation what it likes: a page with endless names helps nobody.
        let name = Disposition.catalogue.contains { $0.name == disposition } ? disposition : "other"
        count("outcomes", "Attempts that are over, by what they came to.", (name: "disposition", value: name))
    }

    func paused() { count("pauses", "Times that the dialler has paused the campaign.", nil) }

    func inherited() { count("inherited", "Attempts of hosts that died, or of this one's life before.", nil) }

    private func count(_ name: String, _ help: String, _ label: (name: String, value: String)?) {
        Metrics.shared.counter(
            "patchbay_dial_\(name)_total",
            help: help,
            labels: [(name: "campaign", value: campaign)] + (label.map { [$0] } ?? [])
        ).add()
    }
}
