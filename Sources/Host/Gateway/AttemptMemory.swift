/// What this host remembers of callbacks about calls that were placed. Any thread. It tells what comes twice; what it has
/// forgotten after a restart, the log and the attempt itself still know.
final class AttemptMemory: Sendable {
    /// The carrier's call of each attempt: the first one is the call, another one must not be.
    let calls = RecentNames()
    /// Facts that were taken.
    let facts = RecentNames()
}
