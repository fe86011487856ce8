public import Core
import Media

/// All live calls, whichever loop they are on. Any thread.
public final class CallDirectory: Sendable {
    private struct Entry: Sendable {
        let loop: any EventLoop
        let shard: LoopBound<Shard>
    }

    private let entries: [Entry]
    private let load: CallLoad

    /// One shard for each loop.
    public init(services: CallServices, loops: [any EventLoop]) {
        let load = CallLoad(limit: services.limit)
        self.load = load
        entries = loops.map { Entry(loop: $0, shard: LoopBound(Shard(loop: $0, services: services, load: load), $0)) }
    }

    /// How many calls are live.
    public var count: Int { load.count }

    /// The calls of the loop the caller is on; nil if calls do not live there.
    public var current: Shard? { entries.first { $0.loop.isCurrent }?.shard.with { $0 } }

    /// All live calls, oldest first.
    public func list() async -> [CallSummary] {
        var result: [CallSummary] = []
        for entry in entries { result += await on(entry) { $0.calls.values.map(\.summary) } }
        return result.sorted { $0.id.rawValue < $1.id.rawValue }
    }

    public func get(_ id: CallID) async -> CallSummary? {
        for entry in entries { if let found = await on(entry, { $0.calls[id]?.summary }) { return found } }
        return nil
    }

    /// Speaks a text on a live call: behind what is being said, or when the caller has finished.
    /// - Throws: `.notLive`, or `.invalid` for a text that is empty or longer than 2,000 characters.
    public func say(_ id: CallID, text: String) async throws(CallFailure) {
        guard !text.isEmpty, text.utf8.count <= 2000 else { throw .invalid("text must have 1 to 2,000 characters") }
        try await with(id) { $0.say(text) }
    }

    /// Ends a live call.
    /// - Throws: `.notLive`.
    public func hangup(_ id: CallID, reason: String = "hung up by an operator") async throws(CallFailure) {
        try await with(id) { $0.hangup(reason: reason) }
    }

    /// Presses keys on a live call, behind what is being said.
    /// - Throws: `.notLive`, or `.invalid` for keys that telephones do not have.
    public func sendDigits(_ id: CallID, _ digits: String) async throws(CallFailure) {
        guard KeyTones.audio(digits) != nil else {
            throw .invalid("digits must be 1 to \(KeyTones.most) of 0-9 * # A-D, and w for half a second")
        }
        try await with(id) { $0.sendDigits(digits) }
    }

    /// Gives a live call to a number in E.164 or a SIP address; the event `call.transferred` tells what became of it.
    /// - Throws: `.notLive`.
    public func transfer(_ id: CallID, to number: String) async throws(CallFailure) {
        try await with(id) { $0.transfer(to: number) }
    }

    /// The carrier's machine detection has come to a verdict on a live call; one that says nothing changes nothing.
    public func answered(_ id: CallID, by carrier: String) async {
        guard let who = AnsweredBy(carrier: carrier) else { return }
        try? await with(id) { $0.take(.answeredBy(who, source: "carrier")) }
    }

    /// Refuses new calls and returns when the last one has ended, or after `limit`, having ended those that were left.
    public func drain(within limit: Duration) async {
        load.drain()
        let deadline = Moment.now() + limit
        while load.count > 0, Moment.now() < deadline { await pause(.milliseconds(50)) }
        for entry in entries {
            await on(entry) { shard in
                for call in shard.calls.values { call.hangup(reason: "the host is shutting down") }
            }
        }
        // What they still store has its own deadline.
        let last = Moment.now() + .seconds(15)
        while load.count > 0, Moment.now() < last { await pause(.milliseconds(50)) }
    }

    private func with(_ id: CallID, _ body: @escaping @Sendable (LiveCall) -> Void) async throws(CallFailure) {
        for entry in entries {
            let found = await on(entry) { shard in
                guard let call = shard.calls[id], call.line != nil else { return false }
                body(call)
                return true
            }
            if found { return }
        }
        throw .notLive(id)
    }

    private func on<Result: Sendable>(_ entry: Entry, _ body: @escaping @Sendable (Shard) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            entry.loop.perform { continuation.resume(returning: entry.shard.with(body)) }
        }
    }

    private func pause(_ duration: Duration) async {
        guard let loop = entries.first?.loop else { return }
        await withCheckedContinuation { continuation in
            loop.perform { loop.schedule(after: duration) { continuation.resume() } }
        }
    }
}
