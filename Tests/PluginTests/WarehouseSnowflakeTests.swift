import JSONKit
import PluginHost
import Testing

/// Against a server written from the vendor's documents; nobody has an account at hand.
@Suite struct WarehouseSnowflakeTests {
    private let server = SnowflakeServer(.shared)

    private func desk(config more: JSONObject = [:]) throws -> WarehouseDesk {
        let bench = try PluginBench()
        bench.secret("snowflake_private_key", GoogleAccount.shared.pem)
        var config: JSONObject = [
            "url": .string(server.url), "account": "myorg-acct", "user": "loader_1", "database": "CALLS_DB",
            "warehouse": "LOAD_WH", "role": "LOADER",
        ]
        for (member, value) in more { config[member] = value }
        try bench.load("warehouse-snowflake", config: .object(config))
        return WarehouseDesk(bench: bench, plugin: "warehouse-snowflake")
    }

    @Test func `what is loaded twice, or half before a kill, stands once, and every question is answered right`() throws
    {
        try desk().loadTwice(WarehouseStory(calls: 120))
        #expect(server.complaints == [])
        #expect(server.tokens == 1)
        let once = server.sql("SELECT COUNT(*) - COUNT(DISTINCT event_id) FROM events")
        #expect(once == [[0]])
    }

    @Test func `an answer that is lost is asked for again under the same identifier, and the statement is run once`()
        throws
    {
        let desk = try desk()
        let story = WarehouseStory(calls: 20)
        _ = try desk.answer(["op": "check"])
        let before = server.statements.count
        server.set { $0.drops = 2 }
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        #expect(server.statements.count == before + 6)
        #expect(server.complaints == [])
        try desk.checkFigures(story)
    }

    @Test func `a statement that takes long is asked after until it is done, and answers in parts are joined`() throws {
        let desk = try desk()
        let story = WarehouseStory(calls: 20)
        server.set {
            $0.polls = 2
            $0.partition = 3
        }
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        try desk.checkFigures(story)
        #expect(server.complaints == [])
    }

    @Test func `a statement that takes longer than total_ms is cancelled`() throws {
        let desk = try desk(config: ["total_ms": 1000])
        server.set { $0.polls = 1_000_000 }
        let failure = try desk.failure(["op": "check"])
        #expect(failure.code == .timeout && failure.isRetryable)
        #expect(server.cancelled == 1)
    }

    @Test func `a service that is busy or away is asked again, a few times, then the host waits`() throws {
        let desk = try desk()
        server.set { $0.statuses = [429, 503, 504] }
        #expect(try desk.answer(["op": "check"])["tables"]?.int == 6)
        #expect(server.complaints == [])
        server.set { $0.statuses = [500, 500, 500, 500] }
        let failure = try desk.failure(["op": "check"])
        #expect(failure.code == .unavailable && failure.isRetryable)
        server.http.stop()
    }

    @Test func `a token that is refused is replaced once, then account and key are named`() throws {
        let desk = try desk()
        server.set { $0.refusesTokens = 1 }
        #expect(try desk.answer(["op": "check"])["tables"]?.int == 6)
        let stranger = try self.desk(config: ["user": "somebody"])
        let failure = try stranger.failure(["op": "check"])
        #expect(failure.code == .refused && !failure.isRetryable)
        #expect(failure.message.contains("private_key_secret and the clock"), "\(failure.message)")
        #expect(!failure.message.contains("eyJ"))
    }

    @Test func `a web server that answers everything is no warehouse: nothing counts as loaded, and url is named`()
        throws
    {
        let portal = ScriptedServer(
            .init(headers: ["content-type: text/html"], steps: [.piece("<html>Welcome to the hotel</html>")])
        )
        let desk = try desk(config: ["url": .string("http://127.0.0.1:\(portal.port)")])
        for request in [["op": "check"], try WarehouseDesk.batch(WarehouseStory(calls: 2).events, id: "b")] as [JSON] {
            let failure = try desk.failure(request)
            #expect(failure.code == .malformed)
            #expect(failure.message.contains("is url that of the account?"), "\(failure.message)")
        }
    }

    @Test func `a missing or unusable key, and names in the wrong case, are said by member`() throws {
        let cases: [(JSONObject, String)] = [
            (["private_key_secret": "lost"], "the secret lost is not there (private_key_secret)"),
            (["private_key_secret": "letter"], "the secret letter is no RSA key"),
            (["database": "calls_db"], "look at database, schema, warehouse, role"),
        ]
        for (config, text) in cases {
            let desk = try desk(config: config)
            desk.bench.secret("letter", "Dear grandmother")
            let failure = try desk.failure(["op": "check"])
            #expect(failure.code == .refused && !failure.isRetryable)
            #expect(failure.message.contains(text), "\(failure.message)")
            #expect(!failure.message.contains("Dear"))
        }
    }

    @Test func `an erased call leaves no row`() throws {
        try desk().erase(WarehouseStory(calls: 20))
        #expect(server.complaints == [])
    }

    @Test func `requests that make no sense are refused by the member's name`() throws { try desk().refuse() }

    @Test func `a table that was dropped is made anew, and missing columns are added`() throws {
        let desk = try desk()
        let story = WarehouseStory(calls: 20)
        server.sql(
            #"CREATE TABLE "CALLS" ("EVENT_ID" VARCHAR NOT NULL, "AT" TIMESTAMP_NTZ(3), "CALL_ID" TEXT, "MINE" TEXT)"#
        )
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "b"))
        server.sql("DROP TABLE intents")
        _ = try desk.answer(try WarehouseDesk.batch(story.events, id: "c"))
        try desk.checkFigures(story)
    }

    @Test(
        arguments: [
            (#"CREATE TABLE "CALLS" ("EVENT_ID" VARCHAR)"#, "the table calls has no column at"),
            (#"CREATE TABLE "TURNS" ("EVENT_ID" VARCHAR, "AT" TEXT)"#, "the table turns has at as TEXT"),
            (#"CREATE VIEW "EVENTS" AS SELECT 1"#, "the table events is a view"),
        ]
    )
    func `a table of another shape is refused by its name, with the fix`(_ table: String, _ text: String) throws {
        let desk = try desk()
        server.sql(table)
        let failure = try desk.failure(try WarehouseDesk.batch(WarehouseStory(calls: 2).events, id: "b"))
        #expect(failure.code == .refused && !failure.isRetryable)
        #expect(failure.message.contains(text), "\(failure.message)")
        #expect(failure.message.contains("Rename or drop it"))
    }
}
