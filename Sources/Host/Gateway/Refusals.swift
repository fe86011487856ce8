import Core

/// Requests that were not what they claimed to be.
enum Refusals {
    static func count(plugin: String, reason: String) {
        Metrics.shared.counter(
            "patchbay_webhooks_refused_total",
            help: "Requests of carriers that were refused.",
            labels: [("plugin", plugin), ("reason", reason)]
        ).add()
    }
}
