public import Core

/// All live calls, whichever loop they are on. Any thread.
public final class CallDirectory: Sendable {
    private let services: CallServices
    private let shards: [(loop: any EventLoop, shard: LoopBound<Shard>)]

    public init(services: CallServices, loops: [any EventLoop]) {
        self.services = services
        shards = loops.map { ($0, LoopBound(Shard(loop: $0, services: services), $0)) }
    }

    /// The calls of the loop the caller is on; nil if calls do not live there.
    public var current: Shard? { shards.first { $0.loop.isCurrent }?.shard.with { $0 } }

    public func list() async -> [CallSummary] { [] }
    public func get(_ id: CallID) async -> CallSummary? { nil }
    /// Speaks a text on a live call, after what is being said.
    public func say(_ id: CallID, text: String) async throws(CallFailure) { throw .notLive(id) }
    /// Ends a live call.
    public func hangup(_ id: CallID, reason: String) async throws(CallFailure) { throw .notLive(id) }
    /// Refuses new calls and returns when the last one has ended, or after `limit`, having ended those that were left.
    public func drain(within limit: Duration) async {}
}
