import Synchronization

/// How often a measurement fell into which bucket. Any thread; one short lock an observation.
public final class Histogram: Sendable {
    /// Upper bounds in seconds, growing; the last bucket (+Inf) is implied.
    public let bounds: [Double]
    private let state: Mutex<State>

    private struct State {
        var counts: [UInt64]
        var sum = 0.0
        /// The newest named one of each bucket; empty until there is one.
        var exemplars: [Exemplar?] = []
    }

    /// One observation that can be looked at: which call it was, and when.
    public struct Exemplar: Sendable, Equatable {
        public let call: String
        public let value: Double
        public let at: Timestamp
    }

    /// A consistent copy.
    public struct Snapshot: Sendable {
        /// One per bound, and one for +Inf; not cumulative.
        public let counts: [UInt64]
        public let sum: Double
        /// One per bucket, or none at all.
        public let exemplars: [Exemplar?]
        public var count: UInt64 { counts.reduce(0, +) }
    }

    public init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [UInt64](repeating: 0, count: bounds.count + 1)))
    }

    /// `call`: whose observation it is, for those who want to see a slow one.
    public func observe(_ seconds: Double, call: String? = nil) {
        let index = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[index] += 1
            $0.sum += seconds
            guard let call else { return }
            if $0.exemplars.isEmpty { $0.exemplars = Array(repeating: nil, count: bounds.count + 1) }
            $0.exemplars[index] = Exemplar(call: call, value: seconds, at: .now())
        }
    }

    public var snapshot: Snapshot {
        state.withLock { Snapshot(counts: $0.counts, sum: $0.sum, exemplars: $0.exemplars) }
    }

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
