import Core
import Synchronization

/// Which of our calls a carrier's identifier means; the last ten thousand. Any thread.
final class CarrierCalls: Sendable {
    private struct State {
        var calls: [String: CallID] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())
    private static let bound = 10_000

    func note(_ carrierCallID: String, is call: CallID) {
        state.withLock { state in
            if state.calls.updateValue(call, forKey: carrierCallID) == nil { state.order.append(carrierCallID) }
            if state.order.count > Self.bound { state.calls[state.order.removeFirst()] = nil }
        }
    }

    func find(_ carrierCallID: String) -> CallID? { state.withLock { $0.calls[carrierCallID] } }
}
