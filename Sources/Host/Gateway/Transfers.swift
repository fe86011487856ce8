import Core
import Synchronization

/// Where calls are to go once their media has ended, by the carrier's identifier. Any thread. A carrier that never asks
/// costs an entry for a minute; at the bound the oldest one goes.
final class Transfers: Sendable {
    /// A transfer that was decided on.
    struct Transfer: Sendable, Equatable {
        let call: CallID
        /// A number in E.164, or a SIP address; personal data.
        let to: String
        /// Who is shown to call; may be no number.
        let callerID: String
    }

    private struct State {
        var waiting: [String: (transfer: Transfer, expires: Moment)] = [:]
        /// Those that the carrier has been told, until it tells what became of them.
        var dialled: [String: Transfer] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())
    private static let lifetime: Duration = .seconds(60)
    private static let bound = 10_000

    func put(_ transfer: Transfer, for carrierCallID: String, now: Moment = .now()) {
        state.withLock { state in
            if state.waiting.updateValue((transfer, now + Self.lifetime), forKey: carrierCallID) == nil {
                state.order.append(carrierCallID)
            }
            guard state.order.count > Self.bound else { return }
            let oldest = state.order.removeFirst()
            state.waiting[oldest] = nil
            state.dialled[oldest] = nil
        }
    }

    /// What the carrier is to do now; nil: nothing, the call is over.
    func take(_ carrierCallID: String, now: Moment = .now()) -> Transfer? {
        state.withLock { state in
            guard let found = state.waiting.removeValue(forKey: carrierCallID), found.expires > now else { return nil }
            state.dialled[carrierCallID] = found.transfer
            return found.transfer
        }
    }

    /// The transfer whose result the carrier tells.
    func finish(_ carrierCallID: String) -> Transfer? {
        state.withLock { state in
            state.order.removeAll { $0 == carrierCallID }
            return state.dialled.removeValue(forKey: carrierCallID)
        }
    }
}
