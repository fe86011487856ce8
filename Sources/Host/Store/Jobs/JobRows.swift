import Core
import JSONKit

/// The statements of the jobs' table.
enum JobRows {
    private static let columns = """
        id, kind, subject, period, state, run, attempts, due, owner, done, total, token, input, result, error, made,
        started, ended
        """

    /// The job, if there is one; `locked`: nobody else changes it until the transaction ends.
    static func find(_ database: borrowing Database, _ id: String, locked: Bool = false) throws(StoreError) -> Job? {
        let select = try Statement(
            database,
            "SELECT \(columns) FROM jobs WHERE id = ?\(locked ? " FOR UPDATE" : "")"
        )
        select.bind(1, id)
        return try select.step() ? job(select) : nil
    }

    static func count(_ database: borrowing Database, _ state: Job.State) throws(StoreError) -> Int {
        let select = try Statement(database, "SELECT count(*) FROM jobs WHERE state = ?")
        select.bind(1, state.rawValue)
        return Int(try select.int() ?? 0)
    }

    /// False where another host was faster.
    static func insert(_ database: borrowing Database, _ job: Job) throws(StoreError) -> Bool {
        let insert = try Statement(
            database,
            """
            INSERT INTO jobs (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING RETURNING made
            """
        )
        insert.bind(1, job.id)
        insert.bind(2, job.key.kind)
        insert.bind(3, job.key.subject)
        insert.bind(4, job.key.period)
        bind(job, insert, from: 5)
        insert.bind(16, job.made.unixMilliseconds)
        insert.bind(17, job.started?.unixMilliseconds ?? 0)
        insert.bind(18, job.ended?.unixMilliseconds ?? 0)
        return try insert.int() != nil
    }

    static func update(_ database: borrowing Database, _ job: Job) throws(StoreError) {
        let update = try Statement(
            database,
            """
            UPDATE jobs SET state = ?, run = ?, attempts = ?, due = ?, owner = ?, done = ?, total = ?, token = ?,
            input = ?, result = ?, error = ?, started = ?, ended = ? WHERE id = ?
            """
        )
        bind(job, update, from: 1)
        update.bind(12, job.started?.unixMilliseconds ?? 0)
        update.bind(13, job.ended?.unixMilliseconds ?? 0)
        update.bind(14, job.id)
        try update.run()
    }

    /// Eleven values, from the state to the error.
    private static func bind(_ job: Job, _ statement: borrowing Statement, from first: Int32) {
        statement.bind(first, job.state.rawValue)
        statement.bind(first + 1, job.run)
        statement.bind(first + 2, job.attempts)
        statement.bind(first + 3, job.due.unixMilliseconds)
        statement.bind(first + 4, job.owner)
        statement.bind(first + 5, job.done)
        statement.bind(first + 6, job.total)
        statement.bind(first + 7, job.token.description)
        statement.bind(first + 8, job.input.description)
        statement.bind(first + 9, job.result.description)
        statement.bind(first + 10, job.error)
    }

    /// The job that has been due longest, and whose subject no other job of its kind is at.
    static func due(
        _ database: borrowing Database,
        kinds: [String],
        at now: Timestamp
    ) throws(StoreError) -> Job? {
        let marks = Array(repeating: "?", count: kinds.count).joined(separator: ", ")
        let select = try Statement(
            database,
            """
            SELECT \(columns) FROM jobs WHERE state IN ('queued', 'running') AND due <= ? AND kind IN (\(marks))
            AND NOT EXISTS (
                SELECT 1 FROM jobs AS other WHERE other.state = 'running' AND other.kind = jobs.kind
                AND other.subject = jobs.subject AND other.id <> jobs.id
            )
            ORDER BY due, made, id LIMIT 1
            """
        )
        select.bind(1, now.unixMilliseconds)
        for (index, kind) in kinds.enumerated() { select.bind(Int32(index) + 2, kind) }
        return try select.step() ? job(select) : nil
    }

    /// One host at a time gives out jobs; until its transaction ends.
    static func lockClaims(_ database: borrowing Database) throws(StoreError) {
        try database.execute("SELECT pg_advisory_xact_lock(hashtextextended('patchbay:jobs', 0))")
    }

    static func list(
        _ database: borrowing Database,
        kind: String?,
        state: Job.State?,
        subject: String?,
        limit: Int
    ) throws(StoreError) -> [Job] {
        let filters = [("kind", kind), ("state", state?.rawValue), ("subject", subject)].filter { $0.1 != nil }
        let condition = filters.isEmpty ? "" : "WHERE " + filters.map { "\($0.0) = ?" }.joined(separator: " AND ")
        let select = try Statement(
            database,
            "SELECT \(columns) FROM jobs \(condition) ORDER BY made DESC, id LIMIT ?"
        )
        for (index, filter) in filters.enumerated() { select.bind(Int32(index) + 1, filter.1 ?? "") }
        select.bind(Int32(filters.count) + 1, Int64(limit))
        var found: [Job] = []
        while try select.step() { found.append(job(select)) }
        return found
    }

    private static func job(_ row: borrowing Statement) -> Job {
        func json(_ column: Int32) -> JSON { (try? JSON(parsing: row.text(column))) ?? .null }
        func time(_ column: Int32) -> Timestamp? {
            row.int(column) == 0 ? nil : Timestamp(unixMilliseconds: row.int(column))
        }
        var job = Job(
            Job.Key(row.text(1), row.text(2), period: row.text(3)),
            input: json(12),
            due: Timestamp(unixMilliseconds: row.int(7)),
            made: Timestamp(unixMilliseconds: row.int(15))
        )
        job.state = Job.State(rawValue: row.text(4)) ?? .failed
        (job.run, job.attempts, job.owner) = (row.int(5), row.int(6), row.text(8))
        (job.done, job.total, job.token) = (row.int(9), row.int(10), json(11))
        (job.result, job.error) = (json(13), row.text(14))
        (job.started, job.ended) = (time(16), time(17))
        return job
    }
}
