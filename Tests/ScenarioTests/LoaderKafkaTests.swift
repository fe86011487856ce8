import Console
import IO
import JSONKit
import Services
import Testing

/// From a host over Kafka's protocol to the warehouse.
@Suite(.serialized) struct LoaderKafkaTests {
    private static let topics = [
        "calls.transcripts.v1", "calls.intents.v1", "calls.status.v1", "calls.dispositions.v1", "patchbay.events.v1",
        "patchbay-warehouse.retry", "patchbay-warehouse.parked",
    ]

    private func host(_ broker: KafkaServer) throws -> TestHost {
        let host = try TestHost { configuration in
            let library: JSON = [
                "path": .string("\(TestHost.binaries)/libevents-kafka.so"),
                "config": ["brokers": .string(broker.brokers)],
            ]
            configuration["plugins"] = .array((configuration["plugins"]?.array ?? []) + [library])
            var routes = configuration["routes"]?.object ?? [:]
            routes["events"] = [["plugin": "events-kafka", "next_ms": 30000, "first_ms": 30000]]
            configuration["routes"] = .object(routes)
            configuration["deliveries"] = ["warehouse_from": "broker", "host": "desk-1"]
        }
        try host.start()
        return host
    }

    private func loader(_ broker: KafkaServer, port: Int = 0) throws -> LoaderBench {
        let config: JSONObject = ["brokers": .string(broker.brokers), "session_ms": 4000]
        return try LoaderBench(events: ("events-kafka", config)) { $0["loader"] = ["port": .int(Int64(port))] }
    }

    /// So many judgements of calls, as a colleague's system finds them.
    private func append(_ host: TestHost, _ range: Range<Int>) throws {
        let events = range.map { number -> JSON in
            [
                "topic": "call.reviewed", "key": .string("call_\(number % 50)"),
                "id": .string("review-\(100_000 + number)"),
                "data": ["sentiment": 0.5, "resolution": "resolved", "summary": "Booked a repair."],
            ]
        }
        _ = try host.client().call("event.append", ["events": .array(events)])
    }

    @Test func `what a host tells stands in the warehouse once, though the loader is killed twice`() async throws {
        let broker = try KafkaServer(topics: Self.topics)
        let host = try host(broker)
        let loader = try loader(broker)
        try append(host, 0..<1000)
        try loader.start()
        try await Patience.wait(for: "the first rows") { loader.rows().count > 0 }
        loader.kill()
        try append(host, 1000..<2000)
        try loader.start()
        let before = loader.rows().count
        try await Patience.wait(for: "more rows") { loader.rows().count > before }
        loader.kill()
        try append(host, 2000..<2500)
        try loader.start()
        try await Patience.wait(for: "all reviews", seconds: 40) { loader.rows("judgements").count >= 2500 }
        #expect(loader.rows("judgements") == (2500, 2500))
        // The host's own words, too: that it started, which plugins it loaded.
        let position = try #require(try host.client().call("system.info")["position"]?.int)
        try await Patience.wait(for: "all events") { loader.rows().count >= Int(position) }
        #expect(loader.rows() == (Int(position), Int(position)))
        loader.stop()
        #expect(loader.exitCode() == 0)
        let deliveries = try host.client().call("delivery.list")["items"]?.array ?? []
        #expect(deliveries.allSatisfy { $0["consumer"] != "warehouse" }, "the host leaves the warehouse alone")
    }

    @Test func `two loaders share the work, and what comes to one that waits for its warehouse is not passed over`()
        async throws
    {
        let broker = try KafkaServer(topics: Self.topics)
        let host = try host(broker)
        let port = LoopbackPort.unused()
        let (first, second) = (try loader(broker, port: port), try loader(broker))
        try first.start()
        try second.start()
        let carrier = try TestCarrier()
        func partitions() async throws -> Int {
            let page = try await carrier.get("http://127.0.0.1:\(port)/metrics").body
            let line = page.split(separator: "\n").first { $0.hasPrefix("patchbay_plugin_consumer_partitions{") }
            return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        }
        // Nobody reads what is parked.
        let all = (Self.topics.count - 1) * 4
        try await Patience.wait(for: "a share") { (1..<all).contains((try? await partitions()) ?? 0) }
        let lock = try first.lock()
        try append(host, 0..<500)
        try await Patience.wait(for: "rows of the second") { !second.ids("judgements").isEmpty }
        // The second one's partitions come to the first, whose batch is not loaded yet, and records come with them.
        second.stop()
        try append(host, 500..<1500)
        try await Patience.wait(for: "all partitions") { try await partitions() == all }
        try await Task.sleep(for: .seconds(1))
        #expect(first.ids("judgements").isEmpty)
        lock.open()
        try await Patience.wait(for: "all reviews", seconds: 30) {
            first.ids("judgements").union(second.ids("judgements")).count == 1500
        }
        first.stop()
    }
}
