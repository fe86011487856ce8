import Synchronization

/// Brings the write-ahead log into the database's file, beside the writer, over a connection and on a thread of its own: done by
/// the writer it takes a tenth of a second now and then, in which nothing becomes durable. Any thread.
final class SQLiteCheckpointer: Sendable {
    private let thread: StoreThread
    private let isWanted = Atomic(false)
    /// SQLite does not wait for a checkpoint under way; so we do.
    private let turn = Mutex(())

    init(_ database: consuming Database) { thread = StoreThread(database) }

    /// Has it done soon. What could not be done then, because somebody reads, is done the next time.
    func want() {
        guard !isWanted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        thread.perform { database in
            self.isWanted.store(false, ordering: .releasing)
            self.turn.withLock { _ in try? database.execute("PRAGMA wal_checkpoint(PASSIVE)") }
        }
    }

    /// Runs `body` while none is under way.
    func alone<Value: ~Copyable>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try turn.withLock { _ throws(StoreError) in try body() }
    }

    /// Ends; blocks while one is under way.
    func close() { thread.close() }
}
