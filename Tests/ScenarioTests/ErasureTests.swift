import Console
import Core
import Glibc
import JSONKit
import Media
import Services
import Store
import Testing

/// `patchbay privacy erase` on real hosts, with every store that keeps something of callers.
@Suite(.serialized) struct ErasureTests {
    private static let number = "+4915550107"
    private static let stranger = "+4915550199"
    private static let word = "quartzmarble"
    private static let call = "call_01KATZ5Q3M8T2WD9XH4C6V7B0N"
    private static let other = "call_01KATZ5Q3M8T2WD9XH4C6V7B0P"

    private func host(_ postgres: String?, _ redis: String?) throws -> TestHost {
        try TestHost {
            $0["jobs"] = ["lease_s": 3, "after_call": ["review", "scoring"]]
            let folder = $0["state"]?.string ?? ""
            var plugins = $0["plugins"]?.array ?? []
            plugins.append([
                "path": .string("\(TestHost.binaries)/libwarehouse-sqlite.so"),
                "config": ["path": .string("\(folder)/warehouse.sqlite")],
            ])
            $0["plugins"] = .array(plugins)
            var routes = $0["routes"]?.object ?? [:]
            routes["warehouse"] = [["plugin": "warehouse-sqlite"]]
            $0["routes"] = .object(routes)
            $0["deliveries"] = ["host": "desk"]
            if let postgres { $0["store"] = ["engine": "postgres", "url": .string(postgres)] }
            if let redis { $0["sessions"] = ["engine": "redis", "url": .string(redis)] }
        }
    }

    /// What a host has lived through: a call of the person's, one of a stranger's, and a recording that waits.
    private func live(_ host: TestHost, _ postgres: String?) async throws {
        let engine = postgres.map { StoreEngine.postgres(url: $0, password: { nil }) } ?? .sqlite
        let store = try Store(StateFolder("\(host.folder)/state"), engine: engine, host: "desk")
        for (call, number, word) in [(Self.call, Self.number, Self.word), (Self.other, Self.stranger, "elsewhere")] {
            let file = "\(try store.folder.subfolder("recording"))/\(call).wav"
            var writer = try WAVWriter(path: file, channels: 1, sampleRate: 8000)
            let samples = [Int16](repeating: 7, count: 8000)
            try writer.append(interleaved: samples.span)
            try writer.finish()
            let parties: JSON = [
                "agent": "front-desk", "direction": "inbound", "from": .string(number), "to": "+4930901820",
                "carrier_call_id": .string("CA\(number.dropFirst())"),
            ]
            var ended = parties.object ?? [:]
            ended["transcript"] = [["who": "caller", "text": .string("the \(word) please")]]
            ended["disposition"] = "repair_booked"
            let finished: JSON = [
                "file": .string(file), "blob": .string("recordings/\(call).wav"), "uploaded": false, "route": "blobs",
            ]
            let events = [
                Event(.callStarted, key: call, data: parties),
                Event(.transcriptFinal, key: call, data: ["text": .string("the \(word) please"), "turn": 1]),
                Event(.slotFilled, key: call, data: ["slot": "thing", "value": .string(word), "by": "caller"]),
                Event(.recordingFinished, key: call, data: finished),
                Event(.callEnded, key: call, data: .object(ended)),
            ]
            for event in events { try await store.log.append(event) }
            // An operator has placed a call to them, too.
            let placed: JSON = [
                "agent": "front-desk", "to": .string(number), "from": "+4930901820", "fields": ["thing": .string(word)],
                "carrier_call_id": "",
            ]
            try await store.documents.put("placed_calls", "hand_\(call)", placed)
        }
        store.close()
    }

    /// Where in the host's folder a text stands; not in its configuration.
    private func places(_ text: String, _ host: TestHost) -> String {
        guard let pipe = popen("grep -rlaF -e '\(text)' '\(host.folder)'", "r") else { return "no grep" }
        defer { pclose(pipe) }
        var bytes = [UInt8](repeating: 0, count: 10_000)
        return String(decoding: bytes[0..<fread(&bytes, 1, bytes.count, pipe)], as: UTF8.self)
    }

    private func run(_ host: TestHost, _ arguments: String...) -> (code: Int32, output: String) {
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        let command = "PATCHBAY_SOCKET='\(host.socket)' '\(TestHost.binaries)/patchbay' \(words) 2>&1"
        guard let pipe = popen(command, "r") else { return (-1, "") }
        var bytes = [UInt8](repeating: 0, count: 100_000)
        let output = String(decoding: bytes[0..<fread(&bytes, 1, bytes.count, pipe)], as: UTF8.self)
        return (pclose(pipe), output)
    }

    private func isEverywhere(_ host: TestHost) throws -> Bool {
        let found = places(Self.number, host)
        let topics = try host.events().filter { $0["key"]?.string == Self.call }.compactMap { $0["topic"]?.string }
        let scored = try host.topics().contains("lead.scored")
        return found.contains("warehouse.sqlite") && found.contains("/crm/") && topics.contains("recording.uploaded")
            && topics.contains("call.reviewed") && scored
    }

    @Test(.timeLimit(.minutes(2)))
    func `nothing of the person is left in the folder, the tables, the files and the CRM, and all of the stranger`()
        async throws
    {
        let host = try host(nil, nil)
        try await live(host, nil)
        try host.start()
        try await Patience.wait(for: "everything to be delivered", seconds: 30) { try isEverywhere(host) }
        #expect(access("\(host.folder)/blobs/recordings/\(Self.call).wav", F_OK) == 0)
        let count = try host.events().count
        let erased = run(host, "privacy", "erase", Self.number, "--wait", "--json")
        #expect(erased.code == 0, "\(erased.output)")
        let job = try JSON(parsing: erased.output)
        let stores = try #require(job["result"]?["stores"])
        for name in ["log", "jobs", "blobs", "warehouse", "crm"] {
            #expect(stores[name]?["erased"]?.int ?? 0 > 0, "\(name): \(stores)")
        }
        #expect(access("\(host.folder)/blobs/recordings/\(Self.call).wav", F_OK) != 0)
        let events = try host.events()
        #expect(events.compactMap { $0["position"]?.int } == (1...Int64(events.count)).map { $0 })
        #expect(events.count > count && events.contains { $0["topic"] == "privacy.erased" })
        for text in [Self.number, String(Self.number.dropFirst()), Self.word] { #expect(places(text, host) == "") }
        host.stop()
        for text in [Self.number, Self.word] { #expect(places(text, host) == "", "also after the end") }
        #expect(places(Self.stranger, host).contains("patchbay.sqlite") && places("elsewhere", host).contains("/crm/"))
        #expect(access("\(host.folder)/blobs/recordings/\(Self.other).wav", F_OK) == 0)
    }

    @Test(.timeLimit(.minutes(2)))
    func `with PostgreSQL and Redis: what refuses is tried again, the host is killed, and it is done all the same`()
        async throws
    {
        let (postgres, redis) = (try PostgresServer(), try RedisServer())
        let url = try postgres.database()
        let host = try host(url, redis.url)
        try await live(host, url)
        try host.start()
        try await Patience.wait(for: "everything to be delivered", seconds: 30) { try isEverywhere(host) }
        // As a host that died has left it.
        func leave() {
            let key = "pb:default:call:{\(Self.call)}"
            _ = redis.command("HSET", key, "stage", "intake", "parties", Self.number, "last_transcript", Self.word)
            _ = redis.command("SET", "pb:default:carrier:{CA\(Self.number.dropFirst())}", Self.call)
        }
        redis.kill()
        let asked = run(host, "privacy", "erase", Self.number, "--json")
        #expect(asked.code == 0 && !asked.output.contains(Self.number), "\(asked.output)")
        let id = try #require(try JSON(parsing: asked.output)["job_id"])
        func job() throws -> JSON { try host.client().call("job.get", ["job_id": id]) }
        try await Patience.wait(for: "the refusal", seconds: 20) {
            try job()["result"]?["stores"]?["sessions"]?["refuses"]?.string?.contains("redis") == true
        }
        #expect(try job()["state"] != "done")
        host.kill()
        try redis.start()
        leave()
        try host.start()
        try await Patience.wait(for: "the end", seconds: 40) { try job()["state"] == "done" }
        let dump = "/usr/lib/postgresql/15/bin/pg_dump '\(url)' | grep -F -e '\(Self.number)' -e '\(Self.word)'"
        #expect(system("\(dump) > /dev/null") != 0)
        #expect(redis.command("KEYS", "*").filter { $0.contains("call:") || $0.contains("carrier") }.isEmpty)
        #expect(try job()["result"]?["stores"]?["sessions"]?["erased"] == 1)
        for text in [Self.number, Self.word] { #expect(places(text, host) == "") }
        #expect(try host.topics().filter { $0 == "privacy.erased" }.count == 1)
        host.stop()
    }
}
