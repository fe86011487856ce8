import Core
import Glibc
import Synchronization

/// The one thread that owns the database. Work runs in the order it was offered.
///
/// Unchecked: the database is touched on the thread only, the rest is behind the mutex.
final class StoreThread: @unchecked Sendable {
    typealias Work = @Sendable (borrowing Database) -> Void

    private let database: Holder
    private let tick: Duration?
    private var onTick: Work?
    private var pending: [Work] = []
    private var isClosed = false
    private var hasEnded = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    private final class Holder {
        let database: Database
        init(_ database: consuming Database) { self.database = database }
    }

    /// `tick`: how often `onTick` runs, however much else is to be done; nil: never.
    init(_ database: consuming Database, every tick: Duration? = nil) {
        self.database = Holder(database)
        self.tick = tick
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<StoreThread>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        pthread_detach(thread)
    }

    /// Offers work; false once closed.
    @discardableResult
    func perform(_ work: @escaping Work) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        pending.append(work)
        pthread_cond_broadcast(condition)
        return true
    }

    /// Runs what was offered, then ends; returns when it has.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(condition)
        while !hasEnded { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }

    /// Runs `body` on the thread and waits for its outcome without blocking the caller's.
    func ask<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Database) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let outcome: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            let accepted = perform { database in
                do throws(StoreError) {
                    continuation.resume(returning: .success(try body(database)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !accepted { continuation.resume(returning: .failure(.closed)) }
        }
        return try outcome.get()
    }

    private func run() {
        pthread_mutex_lock(mutex)
        var due = Moment.now() + (tick ?? .zero)
        while true {
            while pending.isEmpty, !isClosed, wait(until: due) {}
            if pending.isEmpty, isClosed { break }
            var batch: [Work] = []
            swap(&batch, &pending)
            pthread_mutex_unlock(mutex)
            // Also where there is always something else to do: what the disk refused waits for a tick.
            if let tick, Moment.now() >= due {
                withLock { onTick }?(database.database)
                due = .now() + tick
            }
            for work in batch { work(database.database) }
            pthread_mutex_lock(mutex)
        }
        database.database.engine.close()
        hasEnded = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// With the mutex held. False when it is time for a tick.
    private func wait(until due: Moment) -> Bool {
        guard tick != nil else {
            pthread_cond_wait(condition, mutex)
            return true
        }
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        let nanoseconds = Int64(until.tv_nsec) + max(0, (due - .now()).wholeMicroseconds) * 1000
        until.tv_sec += Int(nanoseconds / 1_000_000_000)
        until.tv_nsec = Int(nanoseconds % 1_000_000_000)
        return pthread_cond_timedwait(condition, mutex, &until) != ETIMEDOUT
    }

    private func withLock<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// What runs on the thread every tick.
    func everyTick(_ work: @escaping Work) { withLock { onTick = work } }
}
