import Glibc
import IO
import Synchronization

/// Threads for what blocks. Never Swift's cooperative pool: a few blocked calls would freeze every task.
///
/// Threads are added while work waits, up to the bound; above it work waits its turn. An idle thread ends after 10 s.
public final class WorkerPool: @unchecked Sendable {
    public static let shared = WorkerPool(most: 64)

    private struct State {
        var work: [@Sendable () -> Void] = []
        var head = 0
        var threads = 0
        var idle = 0
    }

    private let most: Int
    private var state = State()
    // A condition variable needs a mutex of its own kind, at an address that does not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(most: Int) {
        self.most = most
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
    }

    /// Runs `work` on some thread, soon. From any thread.
    public func run(_ work: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(mutex)
        state.work.append(work)
        let waiting = state.work.count - state.head
        let mustGrow = waiting > state.idle && state.threads < most
        if mustGrow { state.threads += 1 }
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
        if mustGrow { Thread.start(name: "worker") { self.serve() } }
    }

    private func serve() {
        pthread_mutex_lock(mutex)
        while true {
            if let work = take() {
                pthread_mutex_unlock(mutex)
                work()
                pthread_mutex_lock(mutex)
                continue
            }
            var deadline = timespec()
            clock_gettime(CLOCK_MONOTONIC, &deadline)
            deadline.tv_sec += 10
            state.idle += 1
            let outcome = pthread_cond_timedwait(condition, mutex, &deadline)
            state.idle -= 1
            if outcome == ETIMEDOUT, state.work.count == state.head { break }
        }
        state.threads -= 1
        pthread_mutex_unlock(mutex)
    }

    private func take() -> (@Sendable () -> Void)? {
        guard state.head < state.work.count else { return nil }
        let work = state.work[state.head]
        state.head += 1
        if state.head == state.work.count {
            state.work.removeAll(keepingCapacity: true)
            state.head = 0
        }
        return work
    }
}
