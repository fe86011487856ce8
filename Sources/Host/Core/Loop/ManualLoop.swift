import Synchronization

/// A loop whose time only passes when told: tests of timing without waiting.
///
/// Unchecked, because it is confined to the one thread that drives it; `perform` alone may be called from others, and what
/// it brings waits for the next `runPending` or `advance`.
public final class ManualLoop: EventLoop, @unchecked Sendable {
    private var timers = TimerQueue()
    private let pending = Mutex<[@Sendable () -> Void]>([])
    private var jobs: [UnownedJob] = []
    public private(set) var now: Moment

    public init(startingAt now: Moment = Moment(microseconds: 1_000_000)) { self.now = now }

    public var isCurrent: Bool { true }

    public func perform(_ work: @escaping @Sendable () -> Void) { pending.withLock { $0.append(work) } }

    public func schedule(at time: Moment, _ work: @escaping () -> Void) -> TimerID { timers.add(at: time, work) }

    public func cancel(_ timer: TimerID) { timers.cancel(timer) }

    public func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    public func isIsolatingCurrentContext() -> Bool? { true }
    public func checkIsolated() {}

    /// Runs everything that is due now, and what that makes due.
    public func runPending() {
        while true {
            if let work = pending.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                work()
            } else if !jobs.isEmpty {
                jobs.removeFirst().runSynchronously(on: asUnownedSerialExecutor())
            } else if let due = timers.popDue(at: now) {
                due()
            } else {
                return
            }
        }
    }

    /// Lets time pass, timer by timer.
    public func advance(by duration: Duration) {
        let end = now + duration
        runPending()
        while let next = timers.first, next <= end {
            now = max(now, next)
            runPending()
        }
        now = end
        runPending()
    }
}
