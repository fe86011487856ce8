/// The state folder's database, with everything that lives in it.
public final class Store: Sendable {
    public let folder: StateFolder
    public let log: EventLog
    public let documents: Documents
    public let deliveries: Deliveries
    private let thread: StoreThread

    /// Opens or makes the database of a folder.
    public init(_ folder: StateFolder) throws(StoreError) {
        self.folder = folder
        thread = try StoreThread(path: "\(folder.path)/patchbay.sqlite", migrations: Tables.migrations)
        log = try EventLog(thread: thread, path: "\(folder.path)/patchbay.sqlite")
        documents = Documents(thread: thread)
        deliveries = Deliveries(thread: thread)
    }

    /// Writes what waits, then closes. Blocks until it is done.
    public func close() { thread.close() }
}
