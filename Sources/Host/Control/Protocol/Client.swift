import Core
import RPCSchema

/// One peer of the control plane. Confined to the control loop.
final class Client {
    /// What it may do; nil: nothing.
    let role: Role?
    let loop: any EventLoop
    private(set) var subscriptions: [String: Subscription] = [:]
    private let outlet: any Outlet
    private var made = 0
    private var deferred: [() -> Void] = []
    private var isOpen = true
    /// Batches whose answers have not been sent yet: what waits for an answer waits for theirs.
    private var batches = 0

    init(role: Role?, outlet: any Outlet, loop: any EventLoop) {
        (self.role, self.outlet, self.loop) = (role, outlet, loop)
    }

    /// Sends; a peer that does not read what it asked for is let go.
    func send(_ write: (inout [UInt8]) -> Void) {
        guard isOpen else { return }
        if !outlet.send(write) { outlet.close() }
    }

    func owe() { outlet.owe() }
    func settle() { outlet.settle() }
    var queuedBytes: Int { outlet.queuedBytes }

    /// Runs `work` once the answer to the request under way has been sent.
    func afterAnswer(_ work: @escaping () -> Void) { deferred.append(work) }

    func beganBatch() { batches += 1 }

    /// The answers of a batch are in the buffer.
    func answeredBatch() {
        batches -= 1
        answered()
    }

    /// The answer is in the buffer.
    func answered() {
        guard !deferred.isEmpty, batches == 0 else { return }
        let work = deferred
        deferred = []
        for item in work where isOpen { item() }
    }

    // MARK: Subscriptions

    static let subscriptionsBound = 16

    /// A name that this connection has not used before.
    func nextSubscription() -> String {
        made += 1
        return "sub_\(made)"
    }

    func add(_ subscription: Subscription) { subscriptions[subscription.id] = subscription }

    /// Ends a subscription; false if there is none of that name.
    func removeSubscription(_ id: String) -> Bool {
        guard let subscription = subscriptions.removeValue(forKey: id) else { return false }
        subscription.cancel()
        return true
    }

    /// The connection has ended.
    func closed() {
        isOpen = false
        deferred = []
        for subscription in subscriptions.values { subscription.cancel() }
        subscriptions = [:]
    }
}
