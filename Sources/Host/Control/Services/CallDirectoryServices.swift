public import Calls
public import Core

/// Live calls, as the control plane sees them.
public struct CallDirectoryServices: Sendable {
    /// How many are live; returns at once.
    public var count: @Sendable () -> Int
    /// Oldest first.
    public var list: @Sendable () async -> [CallSummary]
    public var get: @Sendable (CallID) async -> CallSummary?
    public var say: @Sendable (CallID, String) async throws(CallFailure) -> Void
    public var hangup: @Sendable (CallID, String) async throws(CallFailure) -> Void
    public var sendDigits: @Sendable (CallID, String) async throws(CallFailure) -> Void
    public var transfer: @Sendable (CallID, String) async throws(CallFailure) -> Void

    public init(
        count: @escaping @Sendable () -> Int,
        list: @escaping @Sendable () async -> [CallSummary],
        get: @escaping @Sendable (CallID) async -> CallSummary?,
        say: @escaping @Sendable (CallID, String) async throws(CallFailure) -> Void,
        hangup: @escaping @Sendable (CallID, String) async throws(CallFailure) -> Void,
        sendDigits: @escaping @Sendable (CallID, String) async throws(CallFailure) -> Void,
        transfer: @escaping @Sendable (CallID, String) async throws(CallFailure) -> Void
    ) {
        (self.sendDigits, self.transfer) = (sendDigits, transfer)
        (self.count, self.list, self.get, self.say, self.hangup) = (count, list, get, say, hangup)
    }

    /// The calls of a directory.
    public init(_ directory: CallDirectory) {
        self.init(
            count: { directory.count },
            list: { await directory.list() },
            get: { await directory.get($0) },
            say: { id, text async throws(CallFailure) in try await directory.say(id, text: text) },
            hangup: { id, reason async throws(CallFailure) in try await directory.hangup(id, reason: reason) },
            sendDigits: { id, digits async throws(CallFailure) in try await directory.sendDigits(id, digits) },
            transfer: { id, number async throws(CallFailure) in try await directory.transfer(id, to: number) }
        )
    }
}
