import Glibc
import JSONKit
import PluginHost
import Services
import Testing

/// Against a real ClickHouse, one for the suite; each test has a database of its own.
@Suite(.serialized) final class WarehouseClickhouseTests {
    nonisolated(unsafe) private static var started: ClickHouseServer?
    private let server: ClickHouseServer

    init() throws {
        server = try Self.started ?? ClickHouseServer()
        Self.started = server
    }

    /// `name`: the database, made unless it is "nowhere".
    private func desk(_ name: String, config more: JSONObject = [:]) throws -> WarehouseDesk {
        let bench = try PluginBench()
        bench.secret("warehouse_password", server.password)
        if name != "nowhere" { server.run("CREATE DATABASE \(name)") }
        var config: JSONObject = [
            "url": .string(server.url), "database": .string(name), "password_secret": "warehouse_password",
        ]
        for (member, value) in more { config[member] = value }
        try bench.load("warehouse-clickhouse", config: .object(config))
        return WarehouseDesk(bench: bench, plugin: "warehouse-clickhouse")
    }

    @Test func `what is loaded twice, or half before a kill, stands once, and every question is answered right`() throws
    {
        try desk("twice").loadTwice(WarehouseStory(calls: 120))
    }

    @Test func `compressed rows are the same rows`() throws {
        let desk = try desk("gzip", config: ["compression": "gzip"])
        let story = WarehouseStory(calls: 20)
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        try desk.checkFigures(story)
        let text = server.run(
            "SELECT text FROM turns WHERE kind = 'transcript' LIMIT 1 FORMAT JSONCompact",
            database: "gzip"
        )
        #expect(try JSON(parsing: text)["data"]?[0]?[0]?.string == "It's \"me\", ça va? \\ 😀\n")
        let at = server.run("SELECT min(toUnixTimestamp(at)) FROM events", database: "gzip")
        // In UTC, wherever the server is.
        #expect((1_795_392_000..<1_795_478_400).contains(Int(at.split(separator: "\n")[0]) ?? 0))
    }

    @Test func `an erased call leaves no row`() throws {
        let desk = try desk("erase")
        try desk.erase(WarehouseStory(calls: 20))
        #expect(server.run("SELECT count() FROM events", database: "erase") == "0\n")
        let strange: JSON = ["op": "erase", "calls": ["it's \\ ' OR 1=1", "x"]]
        #expect(try desk.answer(strange)["erased"]?.int == 0)
    }

    @Test func `requests that make no sense are refused by the member's name`() throws { try desk("nonsense").refuse() }

    @Test func `what was loaded before the server was killed is there after, and what was not is loaded again`() throws
    {
        let desk = try desk("killed")
        let story = WarehouseStory(calls: 30)
        let half = story.events.count / 2
        _ = try desk.answer(try WarehouseDesk.batch(story.events[..<half], id: "b-1"))
        server.kill()
        let failure = try desk.failure(try WarehouseDesk.batch(story.events, id: "b-2"))
        #expect(failure.code == .unavailable && failure.isRetryable)
        #expect(failure.message.contains("ClickHouse at \(server.url)") && failure.message.contains("(url)"))
        try server.start()
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b-2"))
        try desk.checkFigures(story)
    }

    @Test func `a server that hangs is given up after total_ms, and asked again later`() throws {
        let desk = try desk("hangs", config: ["total_ms": 500])
        _ = try desk.answer(["op": "check"])
        server.pause()
        defer { server.resume() }
        let failure = try desk.failure(WarehouseDesk.query("intents"))
        #expect(failure.code == .timeout && failure.isRetryable)
    }

    @Test func `a table that was dropped is made anew with the same request`() throws {
        let desk = try desk("dropped")
        let story = WarehouseStory(calls: 5)
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        server.run("DROP TABLE calls", database: "dropped")
        server.run("ALTER TABLE intents DROP COLUMN confidence", database: "dropped")
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "c"))
        #expect(server.run("SELECT count() FROM calls", database: "dropped") == "5\n")
        #expect(server.run("SELECT count(confidence) FROM intents FINAL", database: "dropped") != "0\n")
    }

    @Test func `columns that an older version had not are added`() throws {
        let desk = try desk("older")
        server.run(
            """
            CREATE TABLE calls (event_id String, at DateTime('UTC'), call_id String, mine Nullable(String)) \
            ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(at) ORDER BY event_id
            """,
            database: "older"
        )
        let story = WarehouseStory(calls: 20)
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        try desk.checkFigures(story)
    }

    @Test(
        arguments: [
            (
                "merge",
                "calls (event_id String, at DateTime('UTC'), call_id String) ENGINE = MergeTree ORDER BY event_id",
                "the table calls has the engine MergeTree, not ReplacingMergeTree"
            ),
            (
                "keyed", "turns (event_id String, at DateTime('UTC')) ENGINE = ReplacingMergeTree ORDER BY at",
                "the table turns is ordered by at"
            ),
            (
                "typed",
                "intents (event_id String, at String, call_id String) ENGINE = ReplacingMergeTree ORDER BY event_id",
                "the table intents has at as String"
            ),
            (
                "local",
                "intents (event_id String, at DateTime, call_id String) ENGINE = ReplacingMergeTree ORDER BY event_id",
                "the table intents has at as DateTime, not"
            ),
            (
                "empty", "events (event_id String) ENGINE = ReplacingMergeTree ORDER BY event_id",
                "the table events has no column at"
            ),
        ]
    )
    func `a table of another shape is refused by its name, with the fix`(
        _ database: String,
        _ table: String,
        _ text: String
    ) throws {
        let desk = try desk(database)
        server.run("CREATE TABLE \(table)", database: database)
        let failure = try desk.failure(try WarehouseDesk.batch(WarehouseStory(calls: 2).events, id: "b"))
        #expect(failure.code == .refused && !failure.isRetryable)
        #expect(failure.message.contains(text), "\(failure.message)")
        #expect(failure.message.contains("Rename or drop it"))
    }

    @Test func `a wrong password, an unknown user, a missing secret, right or database: named with the fix`() throws {
        let cases: [(JSONObject, String)] = [
            (["password_secret": "other"], "set user and password_secret"),
            (["user": "nobody"], "set user and password_secret"),
            (["password_secret": "lost"], "the secret lost is not there (password_secret)"),
            (["database": "nowhere"], "make it, or set database"),
            (["user": "reader"], "must be granted"),
        ]
        for (index, (config, text)) in cases.enumerated() {
            let desk = try desk("refused\(index)", config: config)
            desk.bench.secret("other", "wr0ng")
            let failure = try desk.failure(["op": "check"])
            #expect(failure.code == .refused && !failure.isRetryable, "\(failure)")
            #expect(failure.message.contains(text), "\(failure.message)")
            #expect(!failure.message.contains("wr0ng") && !failure.message.contains(server.password))
        }
    }

    @Test func `a web server that answers everything is no warehouse: nothing counts as loaded, and url is named`()
        throws
    {
        let portal = ScriptedServer(
            .init(headers: ["content-type: text/html"], steps: [.piece("<html>Welcome to the hotel</html>")])
        )
        let desk = try desk("portal", config: ["url": .string("http://127.0.0.1:\(portal.port)")])
        for request in [["op": "check"], try WarehouseDesk.batch(WarehouseStory(calls: 2).events, id: "b")] as [JSON] {
            let failure = try desk.failure(request)
            #expect(failure.code == .malformed)
            #expect(failure.message.contains("is url that of the HTTP interface?"), "\(failure.message)")
        }
    }
}
