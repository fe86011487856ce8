import Core
import JSONKit
import Synchronization

/// The breakers of all providers, by the name of the plugin. Any thread.
public final class Breakers: Sendable {
    private struct Entry {
        var generation: Int
        var machine = BreakerMachine()
    }

    /// A provider's breaker as it is now.
    public struct Status: Sendable {
        public let plugin: String
        public let state: BreakerMachine.State
        /// How long a first piece takes at most, usually.
        public let patience: Duration?
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let tokens = Atomic<UInt64>(0)
    private let record: @Sendable (Event) -> Void

    init(record: @escaping @Sendable (Event) -> Void) { self.record = record }

    /// A number for one session.
    func token() -> BreakerMachine.Token { tokens.add(1, ordering: .relaxed).newValue }

    public func list() -> [Status] {
        entries.withLock { entries in
            entries.map { Status(plugin: $0.key, state: $0.value.machine.state, patience: $0.value.machine.patience) }
        }.sorted { $0.plugin < $1.plugin }
    }

    /// Closes a breaker and forgets what it learned.
    public func reset(_ plugin: String) {
        let old = entries.withLock { $0.removeValue(forKey: plugin) }
        if let old, old.machine.state != .closed { tell(plugin, .closed) }
    }

    /// A new generation of a plugin starts with a clean slate.
    func admit(_ plugin: String, generation: Int, _ token: BreakerMachine.Token, at now: Moment) -> RouteMachine.Verdict
    {
        let (verdict, wasReset) = entries.withLock { entries in
            var entry = entries[plugin] ?? Entry(generation: generation)
            let isNew = entry.generation < generation
            let wasReset = isNew && entry.machine.state != .closed
            if isNew { entry = Entry(generation: generation) }
            defer { entries[plugin] = entry }
            return (entry.machine.admit(token, at: now), wasReset)
        }
        if wasReset { tell(plugin, .closed) }
        return verdict
    }

    func verdict(_ plugin: String, at now: Moment) -> RouteMachine.Verdict {
        entries.withLock { $0[plugin]?.machine.verdict(at: now) } ?? .free
    }

    func patience(_ plugin: String) -> Duration? { entries.withLock { $0[plugin]?.machine.patience } }

    func answered(_ plugin: String, _ token: BreakerMachine.Token, after wait: Duration, at now: Moment) {
        change(plugin) { $0.answered(token, after: wait, at: now) }
    }

    func failed(_ plugin: String, _ token: BreakerMachine.Token, retryAfter: Duration?, at now: Moment) {
        change(plugin) { $0.failed(token, retryAfter: retryAfter, at: now) }
    }

    /// Whether the provider is believed down now.
    func suspected(_ plugin: String, _ token: BreakerMachine.Token, since: Moment, at now: Moment) -> Bool {
        change(plugin) { $0.suspected(token, since: since, at: now) }
        return verdict(plugin, at: now) == .barred
    }

    func gone(_ plugin: String, _ token: BreakerMachine.Token, at now: Moment) {
        change(plugin) {
            $0.gone(token, at: now)
            return nil
        }
    }

    private func change(_ plugin: String, _ body: (inout BreakerMachine) -> BreakerMachine.Change?) {
        let change = entries.withLock { entries -> BreakerMachine.Change? in
            guard var entry = entries[plugin] else { return nil }
            defer { entries[plugin] = entry }
            return body(&entry.machine)
        }
        if let change { tell(plugin, change) }
    }

    private func tell(_ plugin: String, _ change: BreakerMachine.Change) {
        RouteMetrics.shared.breaker(plugin, isOpen: change == .opened)
        record(
            Event(change == .opened ? .breakerOpened : .breakerClosed, key: plugin, data: ["plugin": .string(plugin)])
        )
    }
}
