import Glibc
import JSONKit
import PluginHost
import Services
import Testing

/// Against librdkafka's mock cluster, a program of its own: one for each test, since it is up in milliseconds.
@Suite(.serialized) final class EventsKafkaTests {
    private let bench: PluginBench
    private let server: KafkaServer
    private static let topics = [
        "calls.transcripts.v1", "calls.intents.v1", "calls.status.v1", "calls.dispositions.v1", "patchbay.events.v1",
    ]
    private static let takesAll: TestConsumer.Judge = { _ in ([], []) }

    init() throws {
        bench = try PluginBench()
        server = try KafkaServer(topics: Self.topics)
    }

    private func load(_ more: JSONObject = [:]) throws {
        var config: JSONObject = ["brokers": .string(server.brokers), "delivery_ms": 5000, "retry_ms": 200]
        for (member, value) in more { config[member] = value }
        try bench.load("events-kafka", config: .object(config))
    }

    private static func event(_ id: String, _ topic: String = "call.ended", key: String = "call_1") -> JSON {
        [
            "id": .string(id), "topic": .string(topic), "key": .string(key), "at": "2026-11-23T10:00:00Z",
            "data": ["text": "It's \"me\", ça va? 😀"], "position": 7, "host": "host-1",
        ]
    }

    /// The results of one batch each, in order.
    private func produce(_ batches: [[JSON]], seconds: Int = 20) throws -> [[JSON]] {
        let emitted = try bench.run("events-kafka", "patchbay.events/1", seconds: seconds) { emitted in
            emitted.count { if case .done = $0 { true } else { false } } == batches.count
        } feed: { stream in
            for (index, batch) in batches.enumerated() {
                try stream.push(json: ["events": .array(batch)], item: UInt64(index + 1))
                try stream.done(item: UInt64(index + 1))
            }
        }
        let answers = emitted.compactMap { if case .json(let json, let item) = $0 { (item, json) } else { nil } }
        return answers.sorted { $0.0 < $1.0 }.map { $0.1["results"]?.array ?? [] }
    }

    private func consumer(
        _ group: String,
        topics: [String] = [],
        judge: @escaping TestConsumer.Judge = takesAll
    ) throws -> TestConsumer {
        try TestConsumer(bench, plugin: "events-kafka", group: group, topics: topics, judge: judge)
    }

    @Test func `what is produced is consumed once, in the order of its call, from the topic it belongs to`()
        async throws
    {
        try load()
        let kinds = ["transcript.final", "intent.detected", "call.ended", "disposition.set", "lead.scored"]
        let events = (0..<300).map { Self.event("e\($0)", kinds[$0 % 5], key: "call_\($0 / 5 % 7)") }
        let results = try produce([Array(events[..<100]), Array(events[100...])])
        #expect(results.map(\.count) == [100, 200])
        #expect(results.joined().allSatisfy { $0["reference"]?.string?.contains(".v1/") == true })

        let consumer = try consumer("g")
        try await Patience.wait(for: "300 records") { consumer.records.count >= 300 }
        consumer.close()
        let seen = consumer.records
        #expect(Set(seen.map(\.id)).count == 300 && seen.count == 300)
        for call in 0..<7 {
            for (place, topic) in Self.topics.enumerated() {
                let ids = seen.filter { $0.key == "call_\(call)" && $0.source.hasPrefix(topic + "/") }.map(\.id)
                let wanted = (0..<300).filter { $0 / 5 % 7 == call && $0 % 5 == place }.map { "e\($0)" }
                #expect(ids == wanted, "\(topic) of call_\(call)")
            }
        }
    }

    @Test func `with the broker away a batch is given back in time, and comes through whole when it is back`()
        async throws
    {
        try load(["delivery_ms": 1000])
        _ = try produce([[Self.event("before")]])
        server.goDown()
        let batch = [Self.event("a"), Self.event("b"), Self.event("c", key: "call_2")]
        let refused = try produce([batch])[0]
        #expect(refused.allSatisfy { $0["retryable"]?.bool == true })
        #expect(refused[0]["error"]?.string?.contains("\"brokers\"") == true)
        server.comeUp()
        var results: [JSON] = []
        // Reconnecting takes librdkafka up to two seconds: the host asks again, as here.
        try await Patience.wait(for: "the broker") {
            results = try produce([batch])[0]
            return results.allSatisfy { $0["reference"] != nil }
        }
        let consumer = try consumer("g", topics: ["call.ended"])
        try await Patience.wait(for: "the last record") { consumer.records.contains { $0.id == "c" } }
        try await Patience.wait(for: "the batch") { consumer.records.contains { $0.id == "b" } }
        consumer.close()
        let ids = consumer.records.filter { $0.key == "call_1" }.map(\.id)
        // Each is there, and none overtook another.
        #expect(ids.first == "before" && ids.last == "b" && ids.contains("a"))
    }

    @Test func `an event that is too large for the broker is refused for good, and the others pass`() throws {
        try load()
        guard case .object(var members) = Self.event("big") else { return }
        members["data"] = ["text": .string(String(repeating: "x", count: 2_000_000))]
        let results = try produce([[Self.event("small"), .object(members), Self.event("after")]])[0]
        #expect(results[0]["reference"] != nil && results[2]["reference"] != nil)
        #expect(results[1]["retryable"]?.bool == false)
        #expect(results[1]["error"]?.string?.contains("max.message.bytes") == true)
    }

    @Test func `an event without its members is refused by their names`() throws {
        try load()
        let results = try produce([[["id": "x"], Self.event("ok")]])[0]
        #expect(results[0]["error"]?.string?.contains("id, topic, key") == true)
        #expect(results[0]["retryable"]?.bool == false && results[1]["reference"] != nil)
    }

    @Test func `what was not answered comes again to the next of the group, and what was does not`() async throws {
        try load()
        _ = try produce([(0..<20).map { Self.event("e\($0)") }])
        let killed = try consumer("g") { _ in nil }
        try await Patience.wait(for: "a batch") { !killed.records.isEmpty }
        killed.close()
        let second = try consumer("g")
        try await Patience.wait(for: "20 records") { second.records.count >= 20 }
        second.close()
        #expect(second.records.map(\.id) == (0..<20).map { "e\($0)" })

        _ = try produce([[Self.event("new")]])
        let third = try consumer("g")
        try await Patience.wait(for: "the new record") { third.records.contains { $0.id == "new" } }
        third.close()
        #expect(third.records.map(\.id) == ["new"])
    }

    @Test func `a record that is put off comes again from the retry topic, and a parked one lies in its own`()
        async throws
    {
        try load(["topics": ["parked.": "g.parked"]])
        _ = try produce([[Self.event("good"), Self.event("later"), Self.event("bad")]])
        let consumer = try consumer("g", topics: ["call.ended"]) { records in
            func entries(_ id: String, _ topic: String) -> [JSON] {
                records.enumerated().compactMap { index, record in
                    record["id"]?.string == id && record["source"]?.string?.hasPrefix(topic) == true
                        ? ["index": .int(Int64(index)), "error": "not today"] : nil
                }
            }
            return (entries("bad", ""), entries("later", "calls."))
        }
        try await Patience.wait(for: "the record's return") { consumer.records.count { $0.id == "later" } == 2 }
        consumer.close()
        #expect(consumer.records.count { $0.id == "bad" } == 1 && consumer.records.count { $0.id == "good" } == 1)
        #expect(consumer.records.last?.source.hasPrefix("g.retry/") == true)

        let people = try self.consumer("people")
        try await Patience.wait(for: "the parked record") {
            people.records.contains { $0.source.hasPrefix("g.parked/") }
        }
        people.close()
        #expect(people.records.filter { $0.source.hasPrefix("g.parked/") }.map(\.id) == ["bad"])
    }

    @Test func `records of other events in the same topic are passed over`() async throws {
        try load()
        _ = try produce([[Self.event("a", "call.started"), Self.event("b", "call.ended")]])
        let consumer = try consumer("g", topics: ["call.ended"])
        try await Patience.wait(for: "the record") { consumer.records.contains { $0.id == "b" } }
        consumer.close()
        #expect(consumer.records.map(\.id) == ["b"])
    }

    @Test func `a broker that does not answer is named with its setting`() throws {
        try load(["brokers": "127.0.0.1:9"])
        let health = try bench.registry.lease("events-kafka").health(within: .seconds(3))
        #expect(health?.message.contains("127.0.0.1:9") == true)
        #expect(health?.message.contains("\"brokers\"") == true)
    }

    @Test func `a password that is nowhere is named`() throws {
        let error = #expect(throws: PluginError.self) {
            try load(["security_protocol": "sasl_plaintext", "sasl_mechanism": "PLAIN"])
        }
        #expect(error?.description.contains("sasl_password_secret") == true)
        let second = #expect(throws: PluginError.self) {
            try load([
                "security_protocol": "sasl_plaintext", "sasl_mechanism": "PLAIN", "sasl_username": "u",
                "sasl_password_secret": "kafka",
            ])
        }
        #expect(second?.description.contains("there is no secret kafka") == true)
    }

    @Test func `a topic that does not exist is named with its setting, and what is for it waits`() async throws {
        try load(["delivery_ms": 8000])
        server.answer(code: 3, for: "calls.status.v1")
        // Other topics, and other calls, do not wait for it.
        let other = Self.event("b", "transcript.final", key: "call_2")
        let results = try produce([[Self.event("a"), other]])[0]
        #expect(results[0]["retryable"]?.bool == true && results[1]["reference"] != nil)
        let words = results[0]["error"]?.string ?? ""
        #expect(words.contains("topic calls.status.v1") && words.contains("create the topic"), "\(words)")
        #expect(words.contains("\"topics\""))
        server.answer(code: 0, for: "calls.status.v1")
        try await Patience.wait(for: "the topic") { try produce([[Self.event("a")]])[0][0]["reference"] != nil }
    }

    @Test func `a topic that this user may not write to is named with the fix`() throws {
        try load()
        server.refuse(0, code: 29, times: 1)
        let result = try produce([[Self.event("a")]])[0][0]
        let words = result["error"]?.string ?? ""
        #expect(result["retryable"]?.bool == true)
        #expect(words.contains("topic calls.status.v1") && words.contains("allow this user"), "\(words)")
    }

    @Test func `a wrong password is told as one, not as a broker that is away`() async throws {
        let broker = try RefusingBroker()
        bench.secret("kafka", "wr0ng")
        try load([
            "brokers": .string("127.0.0.1:\(broker.port)"), "security_protocol": "sasl_plaintext",
            "sasl_mechanism": "PLAIN", "sasl_username": "u", "sasl_password_secret": "kafka", "delivery_ms": 2000,
        ])
        let result = try produce([[Self.event("a")]])[0][0]
        let words = result["error"]?.string ?? ""
        #expect(result["retryable"]?.bool == true)
        #expect(words.contains("SASL") && words.contains("sasl_password_secret"), "\(words)")
        let health = try bench.registry.lease("events-kafka").health(within: .seconds(3))
        #expect(health?.message.contains("sasl_password_secret") == true)
        #expect(!words.contains("wr0ng"))
    }
}
