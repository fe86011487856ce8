import Core
import JSONKit
import Synchronization

/// How long each fact waited to be durable. Any thread.
final class Waits: Sendable {
    private struct State {
        var microseconds: [Int64] = []
        var refused = 0
    }

    private let state = Mutex(State())

    func add(_ wait: Duration) { state.withLock { $0.microseconds.append(wait.wholeMicroseconds) } }
    func refuse() { state.withLock { $0.refused += 1 } }

    /// Those that are settled, whichever way.
    var count: Int { state.withLock { $0.microseconds.count + $0.refused } }
    var refused: Int { state.withLock { $0.refused } }

    /// Of those that became durable, that part waited no longer; null where none did.
    func milliseconds(_ part: Double) -> JSON {
        let sorted = state.withLock { $0.microseconds }.sorted()
        guard !sorted.isEmpty else { return .null }
        return .double(Double(sorted[Int(Double(sorted.count - 1) * part)]) / 1000)
    }
}
