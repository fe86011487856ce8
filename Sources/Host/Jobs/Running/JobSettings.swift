/// How jobs are run on a host.
public struct JobSettings: Sendable {
    /// How many run at once.
    public var running = 2
    /// How many may wait; more are not taken, and what would have queued them waits in the log.
    public var queue = 10_000
    /// How long jobs that are over can be looked at.
    public var keep: Duration = .seconds(30 * 86_400)
    public var manner = JobManner()

    public init() {}
}
