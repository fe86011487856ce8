import Console
import Glibc
import IO
import JSONKit
import Services
import Testing

@testable import patchbay

/// `patchbay config check`, as an operator runs it.
@Suite(.serialized) struct ConfigCheckTests {
    /// Writes a document and has it checked; the answer's items, its code, and everything that was printed.
    private func check(
        _ host: TestHost,
        connecting: Bool = true
    ) throws -> (items: [JSON], code: Int32, output: String) {
        let output = "\(host.folder)/check"
        unlink(output)
        let words = ["config", "check", "--json", "\(host.folder)/patchbay.json"] + (connecting ? ["--connect"] : [])
        let process = try ChildProcess("\(TestHost.binaries)/patchbay", words, output: output, joinsErrors: true)
        let code = try #require(process.exitCode(within: 60))
        let text = host.read(output)
        return (try JSON(parsing: text)["items"]?.array ?? [], code, text)
    }

    private func plugin(_ name: String, _ config: JSONObject) -> (inout JSONObject) -> Void {
        { configuration in
            let entry: JSON = [
                "path": .string("\(TestHost.binaries)/lib\(name).so"), "config": .object(config),
            ]
            configuration["plugins"] = .array((configuration["plugins"]?.array ?? []) + [entry])
        }
    }

    private func line(_ items: [JSON], _ what: String) throws -> JSON {
        try #require(items.first { $0["what"]?.string == what }, "\(items)")
    }

    private func told(_ item: JSON) -> String { "\(item["problem"]?.string ?? "") \(item["fix"]?.string ?? "")" }

    // MARK: The document

    @Test func `every problem of a document is told, each where it stands in the file`() throws {
        let host = try TestHost { configuration in
            configuration["listen"] = ["prot": 1, "port": "x"]
            configuration["log"] = ["level": "loud"]
            configuration["agents"] = ["/nowhere.json"]
            configuration["jobs"] = ["zone": "Mars/One", "daily_at": "25:99"]
            configuration["sessions"] = ["engine": "redis", "password_secret": "redis_password"]
            var plugins = configuration["plugins"]?.array ?? []
            plugins[1] = ["pfad": 1]
            plugins[2] = ["path": "/nowhere/liba.so"]
            plugins.append([
                "path": .string("\(TestHost.binaries)/libllm-openai.so"),
                "config": ["base_urll": "x", "connect_ms": "y"],
            ])
            configuration["plugins"] = .array(plugins)
            configuration["routes"] = [
                "llm": [["plugin": "tts-flite"], ["plugin": "nobody"], ["plugin": "llm-openai", "tries": 0]],
                "asr": [["plugin": "asr-pocketsphinx"]],
            ]
        }
        chmod("\(host.folder)/secrets/twilio_auth_token", 0o644)
        let (items, code, output) = try check(host, connecting: false)
        let last = try #require(items.compactMap { $0["what"]?.string }.first { $0.hasSuffix(".base_url") })
        for what in [
            "listen.prot", "listen.port", "log.level", "agents[0]", "jobs.zone", "jobs.daily_at", "sessions.url",
            "plugins[1].path", "plugins[2]", "routes.llm[0].plugin", "routes.llm[1].plugin", "routes.llm[2].tries",
            "routes.tts", "plugins[8].config.base_urll", "plugins[8].config.connect_ms", "plugins[8].config.base_url",
            "plugins[0].config.auth_token_secret",
        ] { #expect(items.contains { $0["what"]?.string == what }, "\(what) in \(output)") }
        #expect(code == 1 && last == "plugins[8].config.base_url")
        #expect(items.allSatisfy { $0["ok"] == false && $0["problem"]?.string?.isEmpty == false })
        #expect(try told(line(items, "listen.prot")).contains("did you mean port?"))
        #expect(try told(line(items, "plugins[0].config.auth_token_secret")).contains("chmod 600"))
        #expect(!output.contains(TestHost.token))
    }

    @Test func `errors within lists are told by the places of the file, however many were found before`() {
        let document: JSON = ["list": [1, 2, "a", 3, "b", ["c": "d"]], "more": "e"]
        let (errors, repaired) = DocumentRepair.errors(in: document) { json throws(FieldError) in
            for (index, element) in (json["list"]?.array ?? []).enumerated() {
                if element.string != nil { throw FieldError(path: "list[\(index)]", problem: "text") }
                if element["c"]?.string != nil { throw FieldError(path: "list[\(index)].c", problem: "text") }
            }
            if json["more"] != nil { throw FieldError(path: "more", problem: "text") }
            if json["gone"] == nil { throw FieldError(path: "gone", problem: "missing") }
        }
        #expect(errors.map(\.path) == ["list[2]", "list[4]", "list[5].c", "more", "gone"])
        #expect(repaired == ["list": [1, 2, 3, [:]]])
    }

    @Test func `a configuration that a host starts on is fine, and a text that is no JSON is not`() throws {
        let host = try TestHost()
        let (items, code, output) = try check(host)
        #expect(code == 0 && !items.isEmpty && items.allSatisfy { $0["ok"] == true }, "\(output)")
        #expect(access("\(host.folder)/state/patchbay.sqlite", F_OK) != 0, "no host was started")
        let file = fopen("\(host.folder)/patchbay.json", "w")
        fputs("{\"state\": }", file)
        fclose(file)
        #expect(try check(host).code == 1)
    }

    // MARK: Outside

    @Test func `a PostgreSQL and a Redis that are well are told so, with wrong passwords they are not`() throws {
        let (postgres, redis) = (
            try PostgresServer(password: "pg-s3cret"), try RedisServer(["--requirepass", "r-s3cret"])
        )
        let url = "postgresql://pb@/postgres?host=\(postgres.folder)"
        let host = try TestHost {
            $0["store"] = ["engine": "postgres", "url": .string(url), "password_secret": "pg"]
            $0["sessions"] = ["engine": "redis", "url": .string(redis.url), "password_secret": "redis"]
        }
        try host.keep("pg-s3cret", as: "pg")
        try host.keep("r-s3cret", as: "redis")
        let well = try check(host)
        #expect(well.code == 0, "\(well.output)")
        #expect(try line(well.items, "store (PostgreSQL)")["ok"] == true)
        #expect(try line(well.items, "sessions (Redis)")["ok"] == true)
        try host.keep("wr0ng-one", as: "pg")
        try host.keep("wr0ng-two", as: "redis")
        let wrong = try check(host)
        #expect(wrong.code == 1)
        #expect(try told(line(wrong.items, "store (PostgreSQL)")).contains("store.password_secret"))
        #expect(try told(line(wrong.items, "sessions (Redis)")).contains("sessions.password_secret"))
        for secret in ["wr0ng", "s3cret"] { #expect(!(well.output + wrong.output).contains(secret)) }
    }

    @Test func `a database with tables of somebody else, and servers that are not there, are told with the setting`()
        throws
    {
        let postgres = try PostgresServer()
        let url = try postgres.database()
        try postgres.run("CREATE TABLE events (id TEXT)", url: url)
        let host = try TestHost {
            $0["store"] = ["engine": "postgres", "url": .string(url)]
            $0["sessions"] = ["engine": "redis", "url": "redis://127.0.0.1:\(LoopbackPort.unused())"]
        }
        let (items, code, _) = try check(host)
        #expect(code == 1)
        #expect(try told(line(items, "store (PostgreSQL)")).contains("table events that is not ours"))
        #expect(try told(line(items, "sessions (Redis)")).contains("sessions.url"))
    }

    @Test func `a bucket that has vanished, a wrong key and a clock that differs are each told with what to mend`()
        throws
    {
        let server = try S3Server()
        server.bucket("calls")
        let host = try TestHost(
            plugin("blobs-s3", ["bucket": "calls", "endpoint": .string(server.url)])
        )
        try host.keep(S3Server.accessKey, as: "s3_access_key")
        try host.keep(S3Server.secretKey, as: "s3_secret_key")
        #expect(try line(check(host).items, "plugin blobs-s3")["ok"] == true)
        // The store lets us in all the same: nothing else would tell it yet.
        server.set(#"{"clock": 600, "skew": 3600}"#)
        let late = try check(host)
        let clock = told(try line(late.items, "clock, by plugin blobs-s3"))
        #expect(late.code == 1 && clock.contains("behind the Date"), "\(clock)")
        #expect(clock.contains("10 min") || clock.contains("9 min 5"), "\(clock)")
        #expect(clock.contains("NTP"))
        server.set(#"{"clock": 600, "skew": 300}"#)
        #expect(try told(line(check(host).items, "plugin blobs-s3")).contains("clock"))
        server.set(#"{"clock": 0}"#)
        try host.keep("wr0ng-key", as: "s3_secret_key")
        let wrong = try check(host)
        #expect(try told(line(wrong.items, "plugin blobs-s3")).contains("secret_key_secret"))
        #expect(!wrong.output.contains("wr0ng-key"))
        try host.keep(S3Server.secretKey, as: "s3_secret_key")
        server.bucket("calls", exists: false)
        #expect(try told(line(check(host).items, "plugin blobs-s3")).contains("make the bucket, or set bucket"))
    }

    @Test func `a warehouse with another password, and a table of another shape, are told by their names`() throws {
        let server = try ClickHouseServer()
        server.run("CREATE DATABASE shapes")
        let host = try TestHost(
            plugin(
                "warehouse-clickhouse",
                ["url": .string(server.url), "database": "shapes", "password_secret": "warehouse_password"]
            )
        )
        try host.keep(server.password, as: "warehouse_password")
        #expect(try line(check(host).items, "plugin warehouse-clickhouse")["ok"] == true)
        server.run("DROP TABLE turns", database: "shapes")
        server.run("CREATE TABLE turns (n Int32) ENGINE = MergeTree ORDER BY n", database: "shapes")
        #expect(try told(line(check(host).items, "plugin warehouse-clickhouse")).contains("turns"))
        try host.keep("wr0ng-password", as: "warehouse_password")
        let wrong = try check(host)
        #expect(try told(line(wrong.items, "plugin warehouse-clickhouse")).contains("password_secret"))
        #expect(wrong.code == 1 && !wrong.output.contains("wr0ng-password"))
    }

    @Test func `a topic that is not there and a broker that is down are told with the setting`() throws {
        let server = try KafkaServer()
        let host = try TestHost(
            plugin("events-kafka", ["brokers": .string(server.brokers), "topics": ["call.": "calls.renamed"]])
        )
        #expect(try line(check(host).items, "plugin events-kafka")["ok"] == true)
        server.bar("calls.renamed")
        let missing = told(try line(check(host).items, "plugin events-kafka"))
        #expect(missing.contains("calls.renamed") && missing.contains("create the topic"), "\(missing)")
        server.goDown()
        #expect(try told(line(check(host).items, "plugin events-kafka")).contains("\"brokers\""))
    }

    @Test func `a server that speaks something else, and one that says nothing, are told in time`() throws {
        let silent = try S3Server()
        silent.pause()
        defer { silent.resume() }
        var host = try TestHost(
            plugin("warehouse-clickhouse", ["url": .string(silent.url), "connect_ms": 1000, "total_ms": 600_000])
        )
        let start = time(nil)
        #expect(try told(line(check(host).items, "plugin warehouse-clickhouse")).contains("no answer"))
        #expect(time(nil) - start < 30)
        silent.resume()
        host = try TestHost(plugin("warehouse-clickhouse", ["url": .string(silent.url)]))
        let other = told(try line(check(host).items, "plugin warehouse-clickhouse"))
        #expect(other.contains("is url that of the HTTP interface?"), "\(other)")
    }

    @Test func `a provider whose address leads nowhere is told with its address`() throws {
        let port = LoopbackPort.unused()
        let host = try TestHost(
            plugin("llm-openai", ["base_url": .string("http://127.0.0.1:\(port)/v1"), "model": "m"])
        )
        let item = try line(check(host).items, "plugin llm-openai")
        #expect(item["where"]?.string == "http://127.0.0.1:\(port)/v1" && item["ok"] == false)
        #expect(told(item).contains("is it up"))
    }
}
