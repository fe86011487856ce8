import Synchronization

/// How often a measurement fell into which bucket. Any thread; one short lock an observation.
public final class Histogram: Sendable {
    /// Upper bounds in seconds, growing; the last bucket (+Inf) is implied.
    public let bounds: [Double]
    private let state: Mutex<State>

    private struct State {
        var counts: [UInt64]
        var sum = 0.0
    }

    /// A consistent copy.
    public struct Snapshot: Sendable {
        /// One per bound, and one for +Inf; not cumulative.
        public let counts: [UInt64]
        public let sum: Double
        public var count: UInt64 { counts.reduce(0, +) }
    }

    public init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [UInt64](repeating: 0, count: bounds.count + 1)))
    }

    public func observe(_ seconds: Double) {
        let index = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[index] += 1
            $0.sum += seconds
        }
    }

    public var snapshot: Snapshot { state.withLock { Snapshot(counts: $0.counts, sum: $0.sum) } }

    /// The bound of the bucket that holds the quantile (0...1); nil without observations.
    public func quantile(_ quantile: Double) -> Double? {
        let snapshot = snapshot
        guard snapshot.count > 0 else { return nil }
        let wanted = quantile * Double(snapshot.count)
        var seen = 0.0
        for (index, count) in snapshot.counts.enumerated() {
            seen += Double(count)
            if seen >= wanted { return index < bounds.count ? bounds[index] : .infinity }
        }
        return .infinity
    }
}

extension Histogram {
    /// From the end of the caller's speech to the first audio of the answer.
    public static let turnBounds: [Double] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 10]
    /// One step of a turn.
    public static let stageBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10,
    ]
    /// How long calls last.
    public static let callBounds: [Double] = [5, 15, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600]
}
