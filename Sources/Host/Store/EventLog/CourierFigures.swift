import Core

/// What a consumer's courier tells on the metrics page.
struct CourierFigures: Sendable {
    let delivered: Counter
    let failures: Counter
    let parked: Counter
    let parkedNow: Gauge
    let waiting: Gauge
    let depth: Gauge
    let age: Gauge

    init(_ consumer: String) {
        let labels = [(name: "consumer", value: consumer)]
        let metrics = Metrics.shared
        delivered = metrics.counter("patchbay_deliveries_total", help: "Events taken by a consumer.", labels: labels)
        failures = metrics.counter(
            "patchbay_delivery_failures_total",
            help: "Attempts that a consumer did not take, whatever followed.",
            labels: labels
        )
        parked = metrics.counter("patchbay_deliveries_parked_total", help: "Events given up.", labels: labels)
        parkedNow = metrics.gauge(
            "patchbay_outbox_parked",
            help: "Events that wait for somebody to retry them.",
            labels: labels
        )
        waiting = metrics.gauge("patchbay_outbox_waiting", help: "Events that wait for another try.", labels: labels)
        depth = metrics.gauge(
            "patchbay_outbox_depth",
            help: "Positions of the log from the first event that a consumer was not offered to the last; 0: none.",
            labels: labels
        )
        age = metrics.gauge(
            "patchbay_outbox_oldest_age_seconds",
            help: "Age of the oldest event that a consumer has not taken; parked ones do not count.",
            labels: labels
        )
    }
}
