import CSQLite
import Glibc
import JSONKit
import PluginHost
import Testing

@Suite struct WarehouseSqliteTests {
    private func desk() throws -> WarehouseDesk {
        let bench = try PluginBench()
        try bench.load("warehouse-sqlite", config: ["path": .string("\(bench.folder)/warehouse.db")])
        return WarehouseDesk(bench: bench, plugin: "warehouse-sqlite")
    }

    /// Runs SQL on the file from outside, as anybody could; the first column of the first row.
    private func sql(_ desk: WarehouseDesk, _ text: String) -> String? {
        var handle: OpaquePointer?
        sqlite3_open("\(desk.bench.folder)/warehouse.db", &handle)
        defer { sqlite3_close_v2(handle) }
        var answer: [String] = []
        return withUnsafeMutablePointer(to: &answer) { answer in
            sqlite3_exec(
                handle,
                text,
                { context, _, cells, _ in
                    let list = context?.assumingMemoryBound(to: [String].self)
                    list?.pointee.append(cells?[0].map { String(cString: $0) } ?? "NULL")
                    return 0
                },
                answer,
                nil
            )
            return answer.pointee.first
        }
    }

    @Test func `what is loaded twice, or half before a kill, stands once, and every question is answered right`() throws
    {
        try desk().loadTwice(WarehouseStory(calls: 120))
    }

    @Test func `an erased call leaves no row, not even its words in the file`() throws {
        let desk = try desk()
        try desk.erase(WarehouseStory(calls: 20))
        for file in ["warehouse.db", "warehouse.db-wal"] {
            let text = (try? Files.read("\(desk.bench.folder)/\(file)")) ?? ""
            #expect(!text.contains("ça va"))
        }
    }

    @Test func `requests that make no sense are refused by the member's name`() throws { try desk().refuse() }

    @Test func `the file is its owner's only, and its tables are made with the first request`() throws {
        let desk = try desk()
        #expect(try desk.answer(["op": "check"])["tables"]?.int == 6)
        var status = stat()
        stat("\(desk.bench.folder)/warehouse.db", &status)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(sql(desk, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'") == "6")
    }

    @Test func `a batch is there as a whole or not at all`() throws {
        let desk = try desk()
        _ = try desk.answer(["op": "check"])
        // The last table of a batch cannot be written: the first must not be there either.
        _ = sql(desk, "CREATE TRIGGER no BEFORE INSERT ON judgements BEGIN SELECT RAISE(ABORT, 'no'); END")
        let story = WarehouseStory(calls: 20)
        _ = try desk.failure(try WarehouseDesk.batch(story.events, id: "b"))
        #expect(sql(desk, "SELECT COUNT(*) FROM events") == "0")
        _ = sql(desk, "DROP TRIGGER no")
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        #expect(sql(desk, "SELECT COUNT(*) FROM events") == "\(story.events.count)")
    }

    @Test func `columns that an older version had not are added`() throws {
        let desk = try desk()
        let story = WarehouseStory(calls: 20)
        _ = sql(
            desk,
            """
            CREATE TABLE calls (event_id TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL, call_id TEXT NOT NULL, mine TEXT);
            INSERT INTO calls VALUES ('old', '2020-01-01T00:00:00.000Z', 'call_old', 'kept')
            """
        )
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        try desk.checkFigures(story)
        #expect(sql(desk, "SELECT mine FROM calls WHERE event_id = 'old'") == "kept")
    }

    @Test(
        arguments: [
            ("CREATE TABLE calls (name TEXT)", "the table calls has not event_id as its only primary key"),
            ("CREATE TABLE turns (event_id TEXT PRIMARY KEY, at TEXT)", "the table turns has no column call_id"),
            (
                "CREATE TABLE intents (event_id TEXT PRIMARY KEY, at REAL, call_id TEXT)",
                "the table intents has at as REAL, not TEXT"
            ),
            (
                "CREATE TABLE intents (event_id TEXT PRIMARY KEY, at TEXT, call_id TEXT, owner TEXT NOT NULL)",
                "the table intents demands a column owner"
            ),
            ("CREATE VIEW events AS SELECT 1", "the table events is a view"),
        ]
    )
    func `a table of another shape is refused by its name, with the fix`(_ table: String, _ text: String) throws {
        let desk = try desk()
        _ = sql(desk, table)
        let failure = try desk.failure(try WarehouseDesk.batch(WarehouseStory(calls: 2).events, id: "b"))
        #expect(failure.code == .refused && !failure.isRetryable)
        #expect(failure.message.contains(text), "\(failure.message)")
        #expect(failure.message.contains("Rename or drop it"))
    }

    @Test func `a table that was dropped, or a file that was moved away, is made anew`() throws {
        let desk = try desk()
        let story = WarehouseStory(calls: 5)
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        _ = sql(desk, "DROP TABLE calls")
        #expect(try desk.failure(try WarehouseDesk.batch(story.events, id: "b")).isRetryable)
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        #expect(sql(desk, "SELECT COUNT(*) FROM calls") == "5")
        for file in ["", "-wal", "-shm"] {
            rename("\(desk.bench.folder)/warehouse.db\(file)", "\(desk.bench.folder)/old.db\(file)")
        }
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        #expect(sql(desk, "SELECT COUNT(*) FROM calls") == "5")
    }

    @Test func `a file that is no database, or cannot be made, says so and what to do`() throws {
        let desk = try desk()
        let file = fopen("\(desk.bench.folder)/warehouse.db", "w")
        fputs("This is a letter to my grandmother, and no database at all.", file)
        fclose(file)
        let failure = try desk.failure(["op": "check"])
        #expect(failure.code == .refused && !failure.isRetryable)
        #expect(failure.message.contains("path must name a SQLite file"), "\(failure.message)")

        let bench = try PluginBench()
        try bench.load("warehouse-sqlite", config: ["path": "/nowhere/at/all.db"])
        let other = try WarehouseDesk(bench: bench, plugin: "warehouse-sqlite").failure(["op": "check"])
        #expect(other.isRetryable)
        #expect(other.message.contains("the folder of path must be there and writable"), "\(other.message)")
    }

    @Test func `a question that takes too long is given up`() throws {
        let bench = try PluginBench()
        try bench.load("warehouse-sqlite", config: ["path": .string("\(bench.folder)/warehouse.db"), "query_ms": 1])
        let desk = WarehouseDesk(bench: bench, plugin: "warehouse-sqlite")
        _ = try desk.answer(try WarehouseDesk.batch(WarehouseStory(calls: 200).events, id: "b"))
        let failure = try desk.failure(WarehouseDesk.query("latency"))
        #expect(failure.code == .timeout)
        #expect(failure.message.contains("query_ms"))
    }
}
