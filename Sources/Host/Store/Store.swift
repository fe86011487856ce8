/// The state folder, and the database with everything durable: the folder's own file, or a PostgreSQL that several hosts
/// share.
public final class Store: Sendable {
    public let folder: StateFolder
    public let log: EventLog
    public let documents: Documents
    public let deliveries: Deliveries
    public let jobs: JobTable
    public let leads: LeadTable
    public let attempts: AttemptTable
    public let suppressions: Suppressions
    public let campaigns: CampaignTable
    private let thread: StoreThread

    /// Opens or makes the database. `host` is what this host is called in a log that it shares.
    /// - Throws: what keeps the database from being opened, made or migrated.
    public init(
        _ folder: StateFolder,
        engine: StoreEngine = .sqlite,
        host: String = ""
    ) throws(StoreError) {
        self.folder = folder
        let database = try engine.open(in: folder)
        try database.migrate(Tables.migrations)
        let isShared = database.engine.isShared
        let last = try Statement(database, "SELECT position FROM log_head").int() ?? 0
        // Other hosts' events are looked for, and what could not be written is tried again, this often.
        thread = StoreThread(database, every: .milliseconds(250))
        log = EventLog(thread: thread, last: last, host: host, isShared: isShared)
        documents = Documents(thread: thread)
        deliveries = Deliveries(thread: thread)
        jobs = JobTable(thread: thread, log: log, isShared: isShared)
        leads = LeadTable(thread: thread, log: log, isShared: isShared)
        attempts = AttemptTable(thread: thread, log: log, isShared: isShared)
        suppressions = Suppressions(thread: thread, log: log, isShared: isShared)
        campaigns = CampaignTable(thread: thread, log: log, isShared: isShared)
    }

    /// Lets nothing that was erased live on in the database's files: with SQLite always up to 256 MB, above that as far as it
    /// goes without writing the file anew; with PostgreSQL it is the server's business. Writers wait meanwhile.
    public func scrub() async throws(StoreError) {
        try await thread.ask { database throws(StoreError) in try database.engine.scrub() }
    }

    /// Writes what waits, then closes. Blocks until it is done.
    public func close() { thread.close() }
}
