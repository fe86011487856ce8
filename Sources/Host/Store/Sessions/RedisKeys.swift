import Core
import JSONKit

/// The names and commands of session state in Redis. A call's key carries its identifier in braces, so that a cluster keeps
/// whatever belongs to a call in one slot; telephone numbers stand in values only.
struct RedisKeys: Sendable {
    let prefix: String

    func call(_ call: CallID) -> String { "\(prefix):call:{\(call.rawValue)}" }
    func carrier(_ identifier: String) -> String { "\(prefix):carrier:{\(identifier)}" }
    func host(_ owner: String) -> String { "\(prefix):host:{\(owner)}" }

    /// The calls that are remembered, by when they are forgotten.
    var active: String { "\(prefix):active" }

    func list(_ call: CallID, until now: Timestamp, _ timeToLive: Duration) -> [String] {
        ["ZADD", active, "\(now.unixMilliseconds + timeToLive.wholeMilliseconds)", call.rawValue]
    }

    func live(at now: Timestamp) -> [String] {
        ["ZRANGEBYSCORE", active, "\(now.unixMilliseconds)", "+inf", "LIMIT", "0", "1000"]
    }

    /// Longer contexts are cut to their newest part by whoever makes them; this is the last resort.
    static let longestContext = 64 << 10

    /// Refuses writes of a host that has lost the call.
    private static let putScript = """
        local epoch = redis.call('HGET', KEYS[1], 'epoch')
        if epoch and tonumber(epoch) > tonumber(ARGV[1]) then return redis.error_reply('STALE another host has the call') end
        redis.call('HSET', KEYS[1], unpack(ARGV, 3))
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return redis.call('HINCRBY', KEYS[1], 'rev', 1)
        """

    private static let removeScript = """
        local epoch = redis.call('HGET', KEYS[1], 'epoch')
        if epoch and tonumber(epoch) > tonumber(ARGV[1]) then return redis.error_reply('STALE another host has the call') end
        return redis.call('DEL', KEYS[1])
        """

    /// Of several hosts that ask at once the first one gets it: the owner is no longer the one they expect.
    private static let claimScript = """
        if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return {} end
        redis.call('HSET', KEYS[1], 'owner', ARGV[2])
        redis.call('HINCRBY', KEYS[1], 'epoch', 1)
        return redis.call('HGETALL', KEYS[1])
        """

    func put(_ session: SessionState, owner: String, timeToLive: Duration) -> [String] {
        let context = session.context.description
        var words = [
            "EVAL", Self.putScript, "1", call(session.call), "\(session.epoch)", "\(timeToLive.wholeMilliseconds)",
        ]
        let fields = [
            ("v", "1"), ("owner", owner), ("epoch", "\(session.epoch)"), ("stage", session.stage),
            ("last_transcript", session.lastTranscript), ("last_intent", session.lastIntent),
            ("ctx", context.utf8.count <= Self.longestContext ? context : "{}"),
            ("parties", session.parties.description), ("updated_ms", "\(session.updated.unixMilliseconds)"),
        ]
        for (name, value) in fields { words += [name, value] }
        return words
    }

    func remove(_ session: SessionState) -> [String] {
        ["EVAL", Self.removeScript, "1", call(session.call), "\(session.epoch)"]
    }

    func claim(_ call: CallID, from former: String, to owner: String) -> [String] {
        ["EVAL", Self.claimScript, "1", self.call(call), former, owner]
    }
}

extension SessionState {
    var carrierCallID: String { parties["carrier_call_id"]?.string ?? "" }

    /// A call's hash; nil where there is none.
    init?(_ call: CallID, redis members: [String: String], formerOwner: String = "") {
        guard let stage = members["stage"] else { return nil }
        self.init(
            call: call,
            lastTranscript: members["last_transcript"] ?? "",
            lastIntent: members["last_intent"] ?? "",
            stage: stage,
            context: (try? JSON(parsing: members["ctx"] ?? "{}")) ?? [:],
            parties: (try? JSON(parsing: members["parties"] ?? "{}")) ?? [:],
            updated: Timestamp(unixMilliseconds: Int64(members["updated_ms"] ?? "") ?? 0),
            epoch: Int64(members["epoch"] ?? "") ?? 1,
            formerOwner: String(formerOwner.prefix { $0 != "/" })
        )
    }
}
