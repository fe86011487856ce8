/// One thread that owns what lives on it: sockets, timers, calls. It is also the executor of the actors pinned to it.
public protocol EventLoop: SerialExecutor {
    /// Whether the caller is on this loop's thread.
    var isCurrent: Bool { get }

    /// The loop's clock; virtual in tests.
    var now: Moment { get }

    /// Runs `work` on the loop, in the order of the calls. From any thread.
    func perform(_ work: @escaping @Sendable () -> Void)

    /// Runs `work` once at `time`, on the loop. Only on the loop itself.
    @discardableResult
    func schedule(at time: Moment, _ work: @escaping () -> Void) -> TimerID

    /// Forgets a timer; harmless for one that has fired. Only on the loop itself.
    func cancel(_ timer: TimerID)
}

extension EventLoop {
    /// `schedule(at:)`, counted from now.
    @discardableResult
    public func schedule(after delay: Duration, _ work: @escaping () -> Void) -> TimerID {
        schedule(at: now + delay, work)
    }
}
