import Core
import JSONKit

/// Counts what a plugin does against its contract. None of it harms the host; it tells which plugin to mend. Any thread.
final class Violations: Sendable {
    enum Kind: String, CaseIterable {
        /// Something was emitted after `close` had returned.
        case afterClose = "after_close"
        /// Something was emitted after END or a failure.
        case afterEnd = "after_end"
        /// A frame of a type that no contract has; it is not delivered.
        case unknownFrame = "unknown_frame"
        /// An item was closed that was never pushed.
        case unknownItem = "unknown_item"
    }

    private let plugin: String
    private let counters: [Kind: Counter]

    init(plugin: String) {
        self.plugin = plugin
        counters = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                let counter = Metrics.shared.counter(
                    "patchbay_plugin_violations_total",
                    help: "What plugins did against their contract.",
                    labels: [("plugin", plugin), ("what", kind.rawValue)]
                )
                return (kind, counter)
            }
        )
    }

    func report(_ kind: Kind) {
        guard let counter = counters[kind] else { return }
        counter.add()
        // One line a plugin and kind is enough to know; the counter tells how often.
        guard counter.value == 1 else { return }
        Log("plugins").warning(
            "a plugin breaks its contract; `patchbay plugin check` tells more",
            ["plugin": .string(plugin), "what": .string(kind.rawValue)]
        )
    }
}
