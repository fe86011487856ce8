import Synchronization

/// How many subscriptions there are over all connections: each costs a read of the log whenever something is appended.
final class SubscriptionCount: Sendable {
    static let bound = 256
    private let count = Atomic<Int>(0)

    /// One more, as long as the pass lives; nil at the bound.
    func enter() -> Pass? {
        guard count.wrappingAdd(1, ordering: .relaxed).newValue <= Self.bound else {
            leave()
            return nil
        }
        return Pass(self)
    }

    private func leave() { count.wrappingSubtract(1, ordering: .relaxed) }

    /// What a subscription holds.
    final class Pass: Sendable {
        private let counted: SubscriptionCount

        fileprivate init(_ counted: SubscriptionCount) { self.counted = counted }

        deinit { counted.leave() }
    }
}
