import Synchronization

/// Names that were met of late, each with what it stood for first; the last ten thousand. Any thread.
final class RecentNames: Sendable {
    private struct State {
        var values: [String: String] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())
    private static let bound = 10_000

    /// What the name stands for: this, or what was said first.
    func note(_ name: String, is value: String) -> String {
        state.withLock { state in
            if let known = state.values[name] { return known }
            state.values[name] = value
            state.order.append(name)
            if state.order.count > Self.bound { state.values[state.order.removeFirst()] = nil }
            return value
        }
    }

    func contains(_ name: String) -> Bool { state.withLock { $0.values[name] != nil } }
}
