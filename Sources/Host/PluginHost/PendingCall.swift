import Glibc
import Synchronization

/// A call back into a plugin that may be withdrawn from any thread: once `cancel` has returned it neither runs nor will
/// run, unless `cancel` was called from inside it.
///
/// Unchecked: what changes is behind the mutex, which is held while the call runs.
final class PendingCall: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var isCancelled = false

    init() {
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        // Recursive: a plugin may cancel from inside the very call.
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(mutex, &attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func cancel() {
        pthread_mutex_lock(mutex)
        isCancelled = true
        pthread_mutex_unlock(mutex)
    }

    /// Runs `body` unless cancelled.
    func run(_ body: () -> Void) {
        pthread_mutex_lock(mutex)
        if !isCancelled { body() }
        pthread_mutex_unlock(mutex)
    }
}
