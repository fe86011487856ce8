/// What SQLite and PostgreSQL have in common. SQL is written once, portably, with `?` for values. For one thread at a time.
protocol DatabaseEngine: AnyObject {
    /// Runs statements that take no values and give no rows.
    func execute(_ sql: String) throws(StoreError)
    func prepare(_ sql: String) throws(StoreError) -> any EngineStatement
    /// Begins a transaction in which what is read stays as it is until the end, as far as this engine needs it.
    func begin() throws(StoreError)
    /// Brings the tables up to date: each step runs once, in order, in a transaction of its own.
    func migrate(_ steps: [String]) throws(StoreError)
    /// Takes a lock that no other process has, and keeps it until this one ends or loses its connection.
    func lock(_ name: String) throws(StoreError) -> Bool
    /// Lets nothing that was deleted or overwritten live on in the files, as far as that is this engine's to do. Outside of a
    /// transaction; may take a while.
    func scrub() throws(StoreError)
    /// Nothing more will be asked: lets go of the server and of every lock.
    func close()
    /// Several hosts write to it.
    var isShared: Bool { get }
}

/// One prepared statement of an engine. Values are bound by position from 1.
protocol EngineStatement: AnyObject {
    func bind(_ index: Int32, _ text: String)
    func bind(_ index: Int32, _ number: Int64)
    func bind(_ index: Int32, _ bytes: [UInt8])
    /// True while there is a row.
    func step() throws(StoreError) -> Bool
    func reset()
    func int(_ column: Int32) -> Int64
    func text(_ column: Int32) -> String
    func bytes(_ column: Int32) -> [UInt8]
}
