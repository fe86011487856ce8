public import Core

/// Where the state of live calls is kept: in memory, or in Redis, where other hosts find it. Any thread; writing does not
/// wait.
public protocol Sessions: Sendable {
    /// Remembers a call's latest state in place of the one before.
    func put(_ state: SessionState)
    /// The call is over.
    func remove(_ call: CallID)
    func get(_ call: CallID) async -> SessionState?
    /// By call.
    func all() async -> [SessionState]
    /// Takes over the call that a carrier calls so, if its host has died; nil: it is over, or unknown, or nobody else could
    /// know of it. Of several hosts that ask one gets it. Answers within 4 s: a host that may still live is given that time
    /// to say that the call is over.
    func takeOver(carrierCallID: String) async -> SessionState?
    /// Forgets calls that are over, also those that a host which died has left, and by what the carrier calls them. How many
    /// there were.
    /// - Throws: where the states are kept elsewhere and cannot be reached, with the reason.
    func erase(_ calls: [CallID], carrierCallIDs: [String]) async throws(StoreError) -> Int
    /// Why states cannot be kept where they should be; nil when they can.
    var problem: String? { get }
    /// Writes what waits, as far as that is possible within a second.
    func stop()
}
