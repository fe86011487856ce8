public import Core
import JSONKit
import Synchronization

/// Session state in Redis, where another host finds it when this one dies.
///
/// A call is a hash that expires two hours after its last change. What calls remember is kept here as well and written with
/// the last value winning, so a call never waits for Redis, and whatever changed while Redis was away is written when it is
/// back. A host says every half second that it lives; only a call whose host has stopped saying so can be taken over, which
/// raises the call's epoch, and writes of an older epoch are refused.
public final class RedisSessions: Sessions {
    public struct Settings: Sendable {
        public var address: RedisAddress
        /// Read for each connection.
        public var password: @Sendable () -> String?
        /// What keys begin with.
        public var prefix = "pb:default"
        /// How long a call that nobody writes any more is kept.
        public var timeToLive: Duration = .seconds(7200)
        /// This host, as operators know it.
        public var host: String

        public init(address: RedisAddress, host: String, password: @escaping @Sendable () -> String? = { nil }) {
            (self.address, self.host, self.password) = (address, host, password)
        }
    }

    private enum Change { case put, remove }

    private struct State {
        /// Calls that live here.
        var own: [CallID: SessionState] = [:]
        /// What Redis does not have yet; one entry a call.
        var changes: [CallID: Change] = [:]
        var underway: Set<CallID> = []
        /// Calls that another host has taken.
        var lost: Set<CallID> = []
        var announced: Set<CallID> = []
        var lastBeat: Moment?
        /// After a refusal nothing is written until then.
        var pausedUntil: Moment?
        var hasComplained = false
    }

    private let settings: Settings
    let keys: RedisKeys
    /// This run of this host: a restarted one is another.
    private let owner: String
    private let state = Mutex(State())
    let link: RedisLink
    private let waiting = Metrics.shared.gauge(
        "patchbay_sessions_waiting",
        help: "Calls whose latest state Redis does not have yet."
    )
    private let refusals = Metrics.shared.counter("patchbay_sessions_refused_total", help: "Writes that Redis refused.")

    static let beat: Duration = .milliseconds(500)
    private static let lease: Duration = .milliseconds(1500)
    /// How long a host that may still live is waited for.
    private static let patience: Duration = .seconds(4)

    public init(_ settings: Settings) {
        self.settings = settings
        keys = RedisKeys(prefix: settings.prefix)
        owner = "\(settings.host)/\(EventID.make().rawValue)"
        link = RedisLink(
            .init(address: settings.address, password: settings.password, name: "patchbay"),
            every: Self.beat
        )
        link.start { [weak self] in self?.write(through: $0) }
    }

    deinit { link.stop() }

    public var problem: String? { link.problem.map { "sessions (redis): \($0)" } }

    public func stop() { link.stop() }

    // MARK: Writing

    public func put(_ session: SessionState) {
        state.withLock { state in
            guard !state.lost.contains(session.call) else { return }
            var session = session
            session.epoch = state.own[session.call]?.epoch ?? session.epoch
            state.own[session.call] = session
            state.changes[session.call] = .put
        }
        link.ring()
    }

    public func remove(_ call: CallID) {
        state.withLock { state in
            guard state.lost.remove(call) == nil, state.own[call] != nil else { return }
            state.changes[call] = .remove
        }
        link.ring()
    }

    /// Nothing of the call is written any more.
    func forget(_ call: CallID) {
        state.withLock { state in
            (state.own[call], state.changes[call]) = (nil, nil)
            state.announced.remove(call)
        }
    }

    /// On the link's thread, whenever Redis can be used.
    private func write(through link: RedisLink) {
        let now = Moment.now()
        let work = state.withLock { state -> (beats: Bool, commands: [(CallID, Change, SessionState, Bool)]) in
            let beats = state.lastBeat.map { now - $0 >= Self.beat } ?? true
            if beats { state.lastBeat = now }
            guard (state.pausedUntil ?? now) <= now else { return (beats, []) }
            var commands: [(CallID, Change, SessionState, Bool)] = []
            for (call, change) in state.changes where !state.underway.contains(call) {
                guard let session = state.own[call] else { continue }
                commands.append((call, change, session, state.announced.insert(call).inserted))
                state.underway.insert(call)
            }
            for (call, _, _, _) in commands { state.changes[call] = nil }
            waiting.set(Double(state.changes.count + state.underway.count))
            return (beats, commands)
        }
        if work.beats {
            let words = ["SET", keys.host(owner), "1", "PX", "\(Self.lease.wholeMilliseconds)"]
            link.send(words) { _ in }
        }
        for (call, change, session, isNew) in work.commands {
            let done: RedisLink.Completion = { [weak self] in self?.finished(call, change, $0) }
            switch change {
            case .put:
                if isNew { announce(session, link) }
                link.send(keys.put(session, owner: owner, timeToLive: settings.timeToLive), done)
                link.send(keys.list(call, until: .now(), settings.timeToLive)) { _ in }
            case .remove:
                link.send(["DEL", keys.carrier(session.carrierCallID)]) { _ in }
                link.send(["ZREM", keys.active, call.rawValue]) { _ in }
                link.send(keys.remove(session), done)
            }
        }
    }

    /// How a carrier's identifier leads to the call.
    private func announce(_ session: SessionState, _ link: RedisLink) {
        let limit = "\(settings.timeToLive.wholeMilliseconds)"
        guard !session.carrierCallID.isEmpty else { return }
        link.send(["SET", keys.carrier(session.carrierCallID), session.call.rawValue, "PX", limit]) { _ in }
    }

    private func finished(_ call: CallID, _ change: Change, _ result: Result<RedisReply, RedisProblem>) {
        var complaint: RedisProblem?
        state.withLock { state in
            state.underway.remove(call)
            switch result {
            case .success:
                state.hasComplained = false
                if change == .remove {
                    state.own[call] = nil
                    state.announced.remove(call)
                }
            case .failure(.refused(let words)) where words.hasPrefix("STALE"):
                // Somebody else has the call: it is not ours to write any more.
                state.own[call] = nil
                state.changes[call] = nil
                if change == .put { state.lost.insert(call) }
                complaint = .refused(words)
            case .failure(let problem):
                if state.changes[call] == nil { state.changes[call] = change }
                state.announced.remove(call)
                if case .refused = problem {
                    state.pausedUntil = .now() + .seconds(1)
                    refusals.add()
                    if !state.hasComplained { complaint = problem }
                    state.hasComplained = true
                }
            }
        }
        if let complaint {
            Log("sessions").error(
                "the state of a call could not be kept",
                ["call": .string(call.rawValue), "reason": .string(complaint.description)]
            )
        }
    }

    // MARK: Reading

    public func get(_ call: CallID) async -> SessionState? {
        if let own = state.withLock({ $0.own[call] }) { return own }
        guard let reply = try? await link.send(["HGETALL", keys.call(call)]) else { return nil }
        return SessionState(call, redis: reply.members)
    }

    public func all() async -> [SessionState] {
        var found = state.withLock { $0.own }
        let reply = try? await link.send(keys.live(at: .now()))
        if case .array(let names)? = reply {
            for name in names.compactMap(\.text).prefix(1000) where found[CallID(name)] == nil {
                found[CallID(name)] = await get(CallID(name))
            }
        }
        return found.values.sorted { $0.call.rawValue < $1.call.rawValue }
    }

    // MARK: Taking over

    public func takeOver(carrierCallID: String) async -> SessionState? {
        let deadline = Moment.now() + Self.patience
        repeat {
            do throws(RedisProblem) {
                guard let name = try await link.send(["GET", keys.carrier(carrierCallID)]).text else { return nil }
                let call = CallID(name)
                let former = try await link.send(["HGET", keys.call(call), "owner"]).text ?? ""
                // Ours, or over: there is nothing to take.
                guard !former.isEmpty, former != owner else { return nil }
                if try await link.send(["EXISTS", keys.host(former)]).integer == 0 {
                    let reply = try await link.send(keys.claim(call, from: former, to: owner))
                    guard let session = SessionState(call, redis: reply.members, formerOwner: former) else {
                        return nil
                    }
                    state.withLock { state in
                        state.own[call] = session
                        state.announced.insert(call)
                        state.lost.remove(call)
                    }
                    return session
                }
            } catch {
                // Away: there may be another connection before the time is up.
            }
            try? await Task.sleep(for: .milliseconds(100))
        } while Moment.now() < deadline
        return nil
    }
}
