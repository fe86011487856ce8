import Core
import JSONKit

/// The statements of the campaigns' table.
enum CampaignRows {
    private static let columns = "name, state, reason, revision, body, figures, turn, made, updated"

    /// `locked`: nobody else changes it until the transaction ends.
    static func find(
        _ database: borrowing Database,
        _ name: String,
        locked: Bool = false
    ) throws(StoreError) -> CampaignRecord? {
        let select = try Statement(
            database,
            "SELECT \(columns) FROM campaigns WHERE name = ?\(locked ? " FOR UPDATE" : "")"
        )
        select.bind(1, name)
        return try select.step() ? record(select) : nil
    }

    static func list(_ database: borrowing Database) throws(StoreError) -> [CampaignRecord] {
        let select = try Statement(database, "SELECT \(columns) FROM campaigns ORDER BY name")
        var found: [CampaignRecord] = []
        while try select.step() { found.append(record(select)) }
        return found
    }

    /// False where another host was faster.
    static func insert(_ database: borrowing Database, _ record: CampaignRecord) throws(StoreError) -> Bool {
        let insert = try Statement(
            database,
            """
            INSERT INTO campaigns (\(columns), tokens, tokens_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
            ON CONFLICT (name) DO NOTHING RETURNING revision
            """
        )
        insert.bind(1, record.name)
        bind(record, insert, from: 2)
        insert.bind(7, record.turn)
        insert.bind(8, record.made.unixMilliseconds)
        insert.bind(9, record.updated.unixMilliseconds)
        return try insert.int() != nil
    }

    static func update(_ database: borrowing Database, _ record: CampaignRecord) throws(StoreError) {
        let update = try Statement(
            database,
            "UPDATE campaigns SET state = ?, reason = ?, revision = ?, body = ?, figures = ?, updated = ? WHERE name = ?"
        )
        bind(record, update, from: 1)
        update.bind(6, record.updated.unixMilliseconds)
        update.bind(7, record.name)
        try update.run()
    }

    /// Five values, from the state to the figures.
    private static func bind(_ record: CampaignRecord, _ statement: borrowing Statement, from first: Int32) {
        statement.bind(first, record.state)
        statement.bind(first + 1, record.reason)
        statement.bind(first + 2, record.revision)
        statement.bind(first + 3, record.body.description)
        statement.bind(first + 4, record.figures.description)
    }

    static func delete(_ database: borrowing Database, _ name: String) throws(StoreError) -> Bool {
        let delete = try Statement(database, "DELETE FROM campaigns WHERE name = ? RETURNING revision")
        delete.bind(1, name)
        return try delete.int() != nil
    }

    /// The bucket, and whose turn it is among the caller ids.
    static func bucket(
        _ database: borrowing Database,
        _ name: String
    ) throws(StoreError) -> (bucket: TokenBucket, turn: Int64) {
        let select = try Statement(database, "SELECT tokens, tokens_at, turn FROM campaigns WHERE name = ?")
        select.bind(1, name)
        guard try select.step() else { return (TokenBucket(at: Timestamp(unixMilliseconds: 0)), 0) }
        return (TokenBucket(tokens: select.int(0), at: Timestamp(unixMilliseconds: select.int(1))), select.int(2))
    }

    static func set(
        _ database: borrowing Database,
        _ name: String,
        _ bucket: TokenBucket,
        turn: Int64
    ) throws(StoreError) {
        let update = try Statement(
            database,
            "UPDATE campaigns SET tokens = ?, tokens_at = ?, turn = ? WHERE name = ?"
        )
        update.bind(1, bucket.tokens)
        update.bind(2, bucket.at.unixMilliseconds)
        update.bind(3, turn)
        update.bind(4, name)
        try update.run()
    }

    private static func record(_ row: borrowing Statement) -> CampaignRecord {
        var record = CampaignRecord(
            name: row.text(0),
            state: row.text(1),
            body: (try? JSON(parsing: row.text(4))) ?? .null,
            made: Timestamp(unixMilliseconds: row.int(7))
        )
        (record.reason, record.revision, record.turn) = (row.text(2), row.int(3), row.int(6))
        record.figures = (try? JSON(parsing: row.text(5))) ?? .null
        record.updated = Timestamp(unixMilliseconds: row.int(8))
        return record
    }
}
