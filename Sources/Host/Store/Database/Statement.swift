/// One prepared statement. Values are bound by position from 1; they are copied.
public struct Statement: ~Copyable {
    private let own: any EngineStatement

    public init(_ database: borrowing Database, _ sql: String) throws(StoreError) {
        own = try database.engine.prepare(sql)
    }

    public func bind(_ index: Int32, _ text: String) { own.bind(index, text) }
    public func bind(_ index: Int32, _ number: Int64) { own.bind(index, number) }
    public func bind(_ index: Int32, _ bytes: [UInt8]) { own.bind(index, bytes) }

    /// True while there is a row.
    public func step() throws(StoreError) -> Bool { try own.step() }

    /// Runs a statement whose rows, if any, do not matter, and makes it ready for the next values.
    public func run() throws(StoreError) {
        while try step() {}
        reset()
    }

    public func reset() { own.reset() }
    public func int(_ column: Int32) -> Int64 { own.int(column) }
    public func text(_ column: Int32) -> String { own.text(column) }
    public func bytes(_ column: Int32) -> [UInt8] { own.bytes(column) }

    /// The first column of the first row.
    public func int() throws(StoreError) -> Int64? {
        let value = try step() ? int(0) : nil
        reset()
        return value
    }
}
