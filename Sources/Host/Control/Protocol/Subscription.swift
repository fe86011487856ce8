import Core
import JSONKit
import Store

/// One `event.subscribe`: reads the log from disk batch by batch, as fast as the peer reads, and so loses nothing and keeps
/// at most one batch in memory. Confined to the control loop.
final class Subscription {
    let id: String
    private let client: Client
    private let log: EventLog
    private let topics: [Topic]
    private let key: String?
    private let pass: SubscriptionCount.Pass
    private var follower: Follower?
    /// The last event that came from the log.
    private var position: Int64 = 0
    private var isBehind = false
    private var isCancelled = false

    /// What may wait for the peer before the next batch is read.
    private static let queuedBound = 1 << 18

    init(client: Client, log: EventLog, topics: [Topic], key: String?, pass: SubscriptionCount.Pass) {
        id = client.nextSubscription()
        (self.client, self.log, self.topics, self.key, self.pass) = (client, log, topics, key, pass)
    }

    /// Begins behind a position.
    func start(after position: Int64) {
        guard !isCancelled else { return }
        let bound = LoopBound(self, client.loop)
        let loop = client.loop
        follower = log.follow(after: position, topics: topics) { recorded in
            loop.perform { bound.with { $0.deliver(recorded) } }
            return false
        }
    }

    func cancel() {
        isCancelled = true
        follower?.cancel()
        follower = nil
    }

    private func deliver(_ batch: [Recorded]) {
        guard !isCancelled, let last = batch.last else { return }
        position = last.position
        let wanted = key.map { key in batch.filter { $0.event.key == key } } ?? batch
        if !wanted.isEmpty {
            client.send { bytes in
                for recorded in wanted {
                    let parameters: JSON = ["subscription": .string(id), "event": recorded.json]
                    Printer.notification("event.notify", parameters, into: &bytes)
                }
            }
        }
        goOn()
    }

    /// Asks for the next batch once the peer has read enough of this one.
    private func goOn() {
        guard !isCancelled, let follower else { return }
        guard client.queuedBytes <= Self.queuedBound else {
            isBehind = true
            client.loop.schedule(after: .milliseconds(20)) { [weak self] in self?.goOn() }
            return
        }
        if isBehind {
            isBehind = false
            let parameters: JSON = [
                "subscription": .string(id), "next": .int(position),
                "waiting": .int(max(0, log.lastPosition - position)),
            ]
            client.send { Printer.notification("event.lagged", parameters, into: &$0) }
        }
        follower.resume()
    }
}
