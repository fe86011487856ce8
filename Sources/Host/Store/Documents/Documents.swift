import Core
public import JSONKit

/// Named JSON documents in collections (agents, routes): durable when the call returns, with revisions. Any thread.
public final class Documents: Sendable {
    private let thread: StoreThread

    init(thread: StoreThread) { self.thread = thread }

    /// Creates or replaces a document. With `revision` only if it is still at that one (0: only if it does not exist).
    @discardableResult
    public func put(
        _ collection: String,
        _ name: String,
        _ body: JSON,
        ifRevision revision: Int64? = nil
    ) async throws(StoreError) -> Document {
        try await thread.ask { database throws(StoreError) in
            let found = try Self.get(database, collection, name)?.revision ?? 0
            if let revision, revision != found { throw .revisionConflict(expected: revision, found: found) }
            let document = Document(name: name, revision: found + 1, updated: .now(), body: body)
            let insert = try Statement(
                database,
                """
                INSERT INTO documents (collection, name, revision, updated, body) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (collection, name) DO UPDATE
                SET revision = excluded.revision, updated = excluded.updated, body = excluded.body
                WHERE documents.revision = ? RETURNING revision
                """
            )
            insert.bind(1, collection)
            insert.bind(2, name)
            insert.bind(3, document.revision)
            insert.bind(4, document.updated.unixMilliseconds)
            insert.bind(5, body.description)
            insert.bind(6, found)
            guard try insert.step() else {
                // Another host was faster by a hair.
                let now = try Self.get(database, collection, name)?.revision ?? 0
                throw .revisionConflict(expected: found, found: now)
            }
            insert.reset()
            return document
        }
    }

    /// Sets a document within a transaction, if it still says `before` (nil: if it does not exist).
    static func set(
        _ database: borrowing Database,
        _ collection: String,
        _ name: String,
        _ body: JSON,
        was before: JSON?
    ) throws(StoreError) {
        let insert = try Statement(
            database,
            """
            INSERT INTO documents (collection, name, revision, updated, body) VALUES (?, ?, 1, ?, ?)
            ON CONFLICT (collection, name) DO UPDATE
            SET revision = documents.revision + 1, updated = excluded.updated, body = excluded.body
            WHERE documents.body = ? RETURNING revision
            """
        )
        insert.bind(1, collection)
        insert.bind(2, name)
        insert.bind(3, Timestamp.now().unixMilliseconds)
        insert.bind(4, body.description)
        insert.bind(5, before?.description ?? "")
        guard try insert.int() != nil else { throw .refused("somebody else has gone on with \(name)") }
    }

    public func get(_ collection: String, _ name: String) async throws(StoreError) -> Document? {
        try await thread.ask { database throws(StoreError) in try Self.get(database, collection, name) }
    }

    /// All documents of a collection, by name.
    public func list(_ collection: String) async throws(StoreError) -> [Document] {
        try await thread.ask { database throws(StoreError) in
            let select = try Statement(
                database,
                "SELECT name, revision, updated, body FROM documents WHERE collection = ? ORDER BY name"
            )
            select.bind(1, collection)
            var found: [Document] = []
            while try select.step() { found.append(Self.document(select)) }
            return found
        }
    }

    /// Whether there was something to delete.
    public func delete(_ collection: String, _ name: String) async throws(StoreError) -> Bool {
        try await thread.ask { database throws(StoreError) in
            guard try Self.get(database, collection, name) != nil else { return false }
            let delete = try Statement(database, "DELETE FROM documents WHERE collection = ? AND name = ?")
            delete.bind(1, collection)
            delete.bind(2, name)
            try delete.run()
            return true
        }
    }

    private static func get(
        _ database: borrowing Database,
        _ collection: String,
        _ name: String
    ) throws(StoreError) -> Document? {
        let select = try Statement(
            database,
            "SELECT name, revision, updated, body FROM documents WHERE collection = ? AND name = ?"
        )
        select.bind(1, collection)
        select.bind(2, name)
        return try select.step() ? document(select) : nil
    }

    private static func document(_ row: borrowing Statement) -> Document {
        Document(
            name: row.text(0),
            revision: row.int(1),
            updated: Timestamp(unixMilliseconds: row.int(2)),
            body: (try? JSON(parsing: row.text(3))) ?? .null
        )
    }
}
