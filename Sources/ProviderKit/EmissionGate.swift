import Glibc
public import PluginKit

/// Lets one thread at a time speak for a stream, and none once it is closed.
///
/// Recursive: where the host delivers inline, what it does next may come back here. Unchecked: the lock guards the flag.
public final class EmissionGate: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let sink: Sink
    private var isClosed = false

    public init(_ sink: Sink) {
        self.sink = sink
        lock = .allocate(capacity: 1)
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(lock, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Speaks, unless the stream is closed.
    public func emit(_ body: (Sink) -> Void) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if !isClosed { body(sink) }
    }

    /// Nothing is said after this has returned.
    public func close() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        isClosed = true
    }
}
