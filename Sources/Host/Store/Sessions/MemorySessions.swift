public import Core
import Synchronization

/// Session state in memory: gone with the process, so there is nothing to take over.
public final class MemorySessions: Sessions {
    private let states = Mutex<[CallID: SessionState]>([:])

    public init() {}

    public func put(_ state: SessionState) { states.withLock { $0[state.call] = state } }
    public func remove(_ call: CallID) { states.withLock { $0[call] = nil } }
    public func get(_ call: CallID) async -> SessionState? { states.withLock { $0[call] } }
    public func all() async -> [SessionState] {
        states.withLock { $0.values.sorted { $0.call.rawValue < $1.call.rawValue } }
    }
    public func takeOver(carrierCallID: String) async -> SessionState? { nil }
    public func erase(_ calls: [CallID], carrierCallIDs: [String]) async throws(StoreError) -> Int {
        states.withLock { states in calls.count { states.removeValue(forKey: $0) != nil } }
    }
    public var problem: String? { nil }
    public func stop() {}
}
