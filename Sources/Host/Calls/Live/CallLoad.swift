import Synchronization

/// How many calls are live over all loops, and whether more are welcome. Any thread.
final class CallLoad: Sendable {
    private let limit: Int
    private let live = Atomic<Int>(0)
    private let isDraining = Atomic<Bool>(false)

    init(limit: Int) { self.limit = limit }

    var count: Int { live.load(ordering: .relaxed) }

    func enter() throws(CallFailure) {
        guard !isDraining.load(ordering: .relaxed) else { throw .draining }
        guard live.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
            leave()
            throw .full(limit: limit)
        }
    }

    func leave() { live.wrappingSubtract(1, ordering: .relaxed) }

    func drain() { isDraining.store(true, ordering: .relaxed) }
}
