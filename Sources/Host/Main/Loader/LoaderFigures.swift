import Core
import JSONKit
import Synchronization

/// What the loader tells: on its metrics page, and every ten seconds in the log.
final class LoaderFigures: Sendable {
    private struct State {
        /// When the oldest record of the batch under way happened.
        var oldest: Timestamp?
        var obstacle: String?
        var written = (events: UInt64(0), parked: UInt64(0))
    }

    let events: Counter
    let parked: Counter
    let batches: Counter
    let failures: Counter
    private let lag: Gauge
    /// The plugin's own count of what waits at the broker.
    private let waiting: Gauge
    private let state = Mutex(State())

    init(plugin: String) {
        let metrics = Metrics.shared
        events = metrics.counter("patchbay_loader_events_total", help: "Events that the warehouse has acknowledged.")
        parked = metrics.counter(
            "patchbay_loader_parked_total",
            help: "Records that the warehouse will never take; the broker's plugin keeps them aside."
        )
        batches = metrics.counter("patchbay_loader_batches_total", help: "Batches that were answered.")
        failures = metrics.counter(
            "patchbay_loader_failures_total",
            help: "Attempts that broker or warehouse did not let succeed; they are made again."
        )
        lag = metrics.gauge(
            "patchbay_loader_lag_seconds",
            help: "Age of the oldest event of the batch under way; 0 where nothing is."
        )
        waiting = metrics.gauge(
            "patchbay_plugin_consumer_lag",
            help: "A gauge of the plugin.",
            labels: [("plugin", plugin)]
        )
    }

    func began(_ records: [JSON]) {
        let times = records.compactMap { $0["at"]?.string.flatMap(Timestamp.init(parsing:)) }
        let oldest = times.min { $0.unixMilliseconds < $1.unixMilliseconds }
        state.withLock { $0.oldest = oldest }
        lag.set(seconds(since: oldest))
    }

    func ended(_ count: Int, parked refused: Int) {
        batches.add()
        events.add(UInt64(count - refused))
        parked.add(UInt64(refused))
        state.withLock { $0.oldest = nil }
    }

    /// Why nothing is loaded; nil: it is, or nothing waits.
    func isHeldUp(by reason: String?) { state.withLock { $0.obstacle = reason } }

    var obstacle: String? { state.withLock { $0.obstacle } }

    /// One line, if there is anything to tell; whether there was.
    @discardableResult
    func write() -> Bool {
        let oldest = state.withLock { $0.oldest }
        lag.set(seconds(since: oldest))
        let (events, parked) = (events.value, parked.value)
        let before = state.withLock { state in
            defer { state.written = (events, parked) }
            return state.written
        }
        guard events > before.events || parked > before.parked || oldest != nil else { return false }
        Log("loader").info(
            "loaded",
            [
                "events": .int(Int64(events - before.events)), "parked": .int(Int64(parked - before.parked)),
                "waiting": .int(Int64(waiting.value)), "lag_s": .double(seconds(since: oldest)),
            ]
        )
        return true
    }

    private func seconds(since time: Timestamp?) -> Double {
        guard let time else { return 0 }
        return Double(max(0, Timestamp.now().unixMilliseconds - time.unixMilliseconds)) / 1000
    }
}
