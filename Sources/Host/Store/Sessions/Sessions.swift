public import Core

/// Where the state of live calls is kept: in memory, later in Redis. Any thread; writing does not wait.
public protocol Sessions: Sendable {
    func put(_ state: SessionState)
    func remove(_ call: CallID)
    func get(_ call: CallID) async -> SessionState?
    /// By call.
    func all() async -> [SessionState]
}
