import Core
import Synchronization

/// One reader of the log that keeps up with it. It reads from disk in batches, so it needs no queue of its own and misses
/// nothing, however slow it is. Any thread.
public final class Follower: Sendable {
    private struct State {
        var position: Int64
        var isReading = false
        var isPaused = false
        /// `resume` came while the batch was still being delivered.
        var wasResumed = false
        var isCancelled = false
        /// Something was appended while a batch was being read.
        var mustReadAgain = false
    }

    static let batch = 256
    private let state: Mutex<State>
    private let topics: [Topic]
    private let log: EventLog
    private let deliver: @Sendable ([Recorded]) -> Bool

    init(after position: Int64, topics: [Topic], log: EventLog, deliver: @escaping @Sendable ([Recorded]) -> Bool) {
        state = Mutex(State(position: position))
        (self.topics, self.log, self.deliver) = (topics, log, deliver)
    }

    /// The last position that was delivered or passed over.
    public var position: Int64 { state.withLock { $0.position } }

    /// Delivers nothing more.
    public func cancel() {
        state.withLock { $0.isCancelled = true }
        log.remove(self)
    }

    /// Goes on after `deliver` answered false.
    public func resume() {
        state.withLock {
            $0.isPaused = false
            $0.wasResumed = $0.isReading
        }
        advance()
    }

    func advance() {
        let start: Int64? = state.withLock { state in
            guard !state.isCancelled, !state.isPaused else { return nil }
            guard !state.isReading else {
                state.mustReadAgain = true
                return nil
            }
            state.isReading = true
            state.mustReadAgain = false
            return state.position
        }
        guard let start else { return }
        log.next(after: start, topics: topics) { found, last in self.received(found, last) }
    }

    private func received(_ found: [Recorded]?, _ last: Int64) {
        guard !state.withLock({ $0.isCancelled }) else { return }
        guard let found else {
            // What could not be read is not passed over: the next event that is appended leads here again.
            return state.withLock { $0.isReading = false }
        }
        state.withLock { $0.wasResumed = false }
        let wantsMore = found.isEmpty || deliver(found)
        let isFull = found.count == Self.batch
        let again = state.withLock { state -> Bool in
            // Without a full batch everything up to `last` has been looked at.
            state.position =
                isFull ? found[found.count - 1].position : max(last, found.last?.position ?? state.position)
            let goesOn = wantsMore || state.wasResumed
            state.isReading = false
            state.isPaused = !goesOn
            return goesOn && (isFull || state.mustReadAgain)
        }
        if again { advance() }
    }
}
