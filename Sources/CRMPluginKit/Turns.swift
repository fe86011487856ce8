import Glibc
public import PluginKit

/// One at a time for each key: whoever looks for something and makes it where it is missing must not meet another who does
/// the same. Other keys do not wait. For workers only.
///
/// Unchecked: the state is guarded by the mutex.
public final class Turns: @unchecked Sendable {
    private var taken: Set<String> = []
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The time of day may be set while somebody waits.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` when the key is free.
    /// - Throws: `.invalid`, to be tried again, if it is not within the attempt's time: this record waits, others need not.
    public func take<Value>(
        _ key: String,
        _ attempt: Attempt,
        _ body: () throws(PluginProblem) -> Value
    ) throws(PluginProblem) -> Value {
        guard wait(key, milliseconds: attempt.leftMilliseconds) else {
            let text = "another record that had to be first took all of total_ms"
            throw PluginProblem(.invalid, text, isRetryable: true, retryAfterMilliseconds: 1000)
        }
        defer { free(key) }
        return try body()
    }

    private func wait(_ key: String, milliseconds: Int) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec + milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while taken.contains(key) {
            guard pthread_cond_timedwait(condition, mutex, &deadline) == 0 else { break }
        }
        return taken.insert(key).inserted
    }

    private func free(_ key: String) {
        pthread_mutex_lock(mutex)
        taken.remove(key)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
