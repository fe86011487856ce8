/// One connection to the store's database, used by one thread at a time.
public struct Database: ~Copyable {
    let engine: any DatabaseEngine

    init(_ engine: any DatabaseEngine) { self.engine = engine }

    /// Opens or makes a SQLite file.
    public init(path: String) throws(StoreError) { engine = try SQLiteEngine(path: path) }

    /// Runs statements that give no rows.
    public func execute(_ sql: String) throws(StoreError) { try engine.execute(sql) }

    /// Runs `body` as one transaction: all of it or nothing.
    public func transaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try engine.begin()
        do {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Brings the tables up to date.
    public func migrate(_ steps: [String]) throws(StoreError) { try engine.migrate(steps) }
}
