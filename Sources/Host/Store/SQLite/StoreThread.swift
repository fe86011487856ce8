import Glibc
import Synchronization

/// The one thread that owns the database. Work runs in the order it was offered.
///
/// Unchecked: the database is touched on the thread only, the rest is behind the mutex.
final class StoreThread: @unchecked Sendable {
    typealias Work = @Sendable (borrowing Database) -> Void

    private let database: Holder
    private var pending: [Work] = []
    private var isClosed = false
    private var hasEnded = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    private final class Holder {
        let database: Database
        init(_ database: consuming Database) { self.database = database }
    }

    init(path: String, migrations: [String]) throws(StoreError) {
        let database = try Database(path: path)
        try database.migrate(migrations)
        self.database = Holder(database)
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
        while true {
            while pending.isEmpty, !isClosed { pthread_cond_wait(condition, mutex) }
            guard !pending.isEmpty else { break }
            var batch: [Work] = []
            swap(&batch, &pending)
            pthread_mutex_unlock(mutex)
            for work in batch { work(database.database) }
            pthread_mutex_lock(mutex)
        }
        hasEnded = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
