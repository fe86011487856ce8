import CLinux
public import Core
import Glibc
import Synchronization

/// A loop over epoll: descriptors, timers and work from other threads, on one thread.
///
/// Unchecked, because everything but the inbox is touched on the loop's thread only.
public final class PollLoop: EventLoop, @unchecked Sendable {
    private struct Inbox {
        var work: [@Sendable () -> Void] = []
        var jobs: [UnownedJob] = []
        var isStopped = false
        /// A wake is on its way: one is enough however much arrives meanwhile.
        var isWoken = false
    }

    private let inbox = Mutex(Inbox())
    let epoll: Int32
    private let wakeup: Int32
    private let alarm: Int32
    private var timers = TimerQueue()
    private var armed: Moment?
    private var watches: [Int32: Watch] = [:]
    private let thread = Atomic<UInt>(0)
    private var events = [epoll_event](repeating: epoll_event(), count: 256)
    private var runningWork: [@Sendable () -> Void] = []
    private var runningJobs: [UnownedJob] = []
    private var turnEnds: [() -> Void] = []
    private let name: String

    /// Makes the loop; `start` gives it a thread of its own, otherwise somebody calls `turn` (see `SocketLoop`).
    public init(name: String) throws(IOFailure) {
        self.name = name
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        alarm = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK) | Int32(TFD_CLOEXEC))
        guard epoll >= 0, wakeup >= 0, alarm >= 0 else {
            throw .exhausted("a loop's descriptors: \(IOFailure.systemReason)")
        }
        for descriptor in [wakeup, alarm] {
            var interest = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: descriptor))
            epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &interest)
        }
    }

    deinit {
        for descriptor in [epoll, wakeup, alarm] { close(descriptor) }
    }

    // MARK: Any thread

    public var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    public func perform(_ work: @escaping @Sendable () -> Void) {
        let mustWake = inbox.withLock { inbox in
            inbox.work.append(work)
            defer { inbox.isWoken = true }
            return !inbox.isWoken
        }
        if mustWake { wake() }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isWoken = true }
            return !inbox.isWoken
        }
        if mustWake { wake() }
    }

    /// Queues a job of an executor that is this loop under another name.
    func enqueue(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
        perform { job.runSynchronously(on: executor) }
    }

    /// Whether work from other threads waits.
    var hasPending: Bool { inbox.withLock { !$0.work.isEmpty || !$0.jobs.isEmpty } }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }
    public func checkIsolated() { precondition(isCurrent, "not on the loop \(name)") }

    /// Gives the loop a thread, which runs until `stop`.
    public func start() {
        Thread.start(name: name) { self.run() }
    }

    /// Ends the thread after what is pending has run.
    public func stop() {
        inbox.withLock { $0.isStopped = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)
    }

    // MARK: On the loop

    public var now: Moment { .now() }

    @discardableResult
    public func schedule(at time: Moment, _ work: @escaping () -> Void) -> TimerID {
        let id = timers.add(at: time, work)
        if armed.map({ time < $0 }) ?? true { arm(time) }
        return id
    }

    public func cancel(_ timer: TimerID) { timers.cancel(timer) }

    /// Calls `handler` with the ready events whenever `descriptor` is ready for one of `interest` (EPOLLIN, EPOLLOUT).
    /// The descriptor stays its owner's, who unwatches it before closing.
    public func watch(_ descriptor: Int32, for interest: UInt32, _ handler: @escaping (UInt32) -> Void) {
        var event = epoll_event(events: interest, data: epoll_data_t(fd: descriptor))
        let isKnown = watches.updateValue(Watch(handler), forKey: descriptor) != nil
        // A known number may be another file by now: then the kernel has forgotten the old one.
        if isKnown, epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0 { return }
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }

    /// Changes what a watched descriptor is watched for.
    public func rewatch(_ descriptor: Int32, for interest: UInt32) {
        var event = epoll_event(events: interest, data: epoll_data_t(fd: descriptor))
        epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
    }

    public func unwatch(_ descriptor: Int32) {
        guard watches.removeValue(forKey: descriptor) != nil else { return }
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Calls `work` at the end of every turn, for writes that are gathered during one.
    func atEndOfTurn(_ work: @escaping () -> Void) { turnEnds.append(work) }

    /// The descriptor that becomes readable when the loop has something to do.
    public var descriptor: Int32 { epoll }

    /// The calling thread is the loop's from now on.
    func adoptThread() { thread.store(UInt(pthread_self()), ordering: .relaxed) }

    /// Serves everything that is ready; waits for something at most `timeout` milliseconds (-1: for ever).
    /// Returns false once the loop is stopped and has nothing left.
    func turn(timeout: Int32) -> Bool {
        let count = Int(epoll_wait(epoll, &events, Int32(events.count), timeout))
        for index in 0..<max(0, count) {
            let descriptor = events[index].data.fd
            if descriptor == wakeup || descriptor == alarm {
                var drained: UInt64 = 0
                _ = read(descriptor, &drained, 8)
                if descriptor == alarm { armed = nil }
            } else {
                watches[descriptor]?.handler(events[index].events)
            }
        }
        fireTimers()
        let goesOn = runInbox()
        for work in turnEnds { work() }
        return goesOn
    }

    private func run() {
        adoptThread()
        while turn(timeout: -1) {}
    }

    private func fireTimers() {
        let now = Moment.now()
        while let work = timers.popDue(at: now) { work() }
        if let first = timers.first, armed != first { arm(first) }
    }

    private func runInbox() -> Bool {
        let isStopped = inbox.withLock { inbox in
            swap(&inbox.work, &runningWork)
            swap(&inbox.jobs, &runningJobs)
            inbox.isWoken = false
            return inbox.isStopped
        }
        guard !runningWork.isEmpty || !runningJobs.isEmpty else { return !isStopped }
        for work in runningWork { work() }
        runningWork.removeAll(keepingCapacity: runningWork.count < 1024)
        for job in runningJobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        runningJobs.removeAll(keepingCapacity: runningJobs.count < 1024)
        return true
    }

    private func arm(_ time: Moment) {
        armed = time
        // Zero would disarm: a time that has passed is one that comes at once.
        let microseconds = max(1, time.microseconds)
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(microseconds / 1_000_000)
        setting.it_value.tv_nsec = Int(microseconds % 1_000_000 * 1000)
        timerfd_settime(alarm, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }
}

/// What is called when a descriptor is ready.
private final class Watch {
    let handler: (UInt32) -> Void

    init(_ handler: @escaping (UInt32) -> Void) { self.handler = handler }
}
