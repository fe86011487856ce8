import Carrier
import Console
import IO
import JSONKit
import Services
import Testing

/// From calls over the real sockets to the answers of `patchbay analytics`, in both warehouses that run here.
@Suite(.serialized) struct AnalyticsTests {
    private func host(_ plugin: String, config: JSONObject, secret: String = "") throws -> TestHost {
        let host = try TestHost { configuration in
            let library: JSON = ["path": .string("\(TestHost.binaries)/lib\(plugin).so"), "config": .object(config)]
            configuration["plugins"] = .array((configuration["plugins"]?.array ?? []) + [library])
            var routes = configuration["routes"]?.object ?? [:]
            routes["warehouse"] = [["plugin": .string(plugin)]]
            configuration["routes"] = .object(routes)
            // Reviews would come while the questions are asked.
            configuration["jobs"] = ["after_call": []]
        }
        if !secret.isEmpty { try host.keep(secret, as: "warehouse_password") }
        try host.start()
        return host
    }

    /// Callers at once, of whom the first may ask something; an operator ends the calls.
    private func call(_ host: TestHost, asks: [Bool]) async throws {
        let carrier = try TestCarrier()
        var calls: [SimulatedCall] = []
        for _ in asks { calls.append(try await carrier.call(host)) }
        for (call, asks) in zip(calls, asks) where asks {
            try await call.waitForAgent(after: 0, seconds: 15)
            try await call.speak(try CallersWords.samples())
            try await call.waitForAgent(after: 1, seconds: 20)
        }
        let client = try host.client()
        for call in try client.call("call.list")["items"]?.array ?? [] {
            _ = try client.call("call.hangup", ["call_id": call["call_id"] ?? ""])
        }
        for call in calls { try await call.wait(for: "the end", seconds: 10) { $0.isClosed } }
    }

    private func rows(_ host: TestHost, _ question: String) throws -> [JSON] {
        let answer = try host.client().call("analytics.query", ["name": .string(question), "from": "1h"])
        return answer["rows"]?.array ?? []
    }

    /// The questions that need nobody to have said anything.
    private func count(_ host: TestHost, _ calls: Int64) async throws {
        try await Patience.wait(for: "the calls in the warehouse") {
            try rows(host, "calls_per_hour").reduce(0) { $0 + ($1[1]?.int ?? 0) } == calls
        }
        for question in ["resolution", "sentiment"] {
            let rows = try rows(host, question)
            #expect(rows.count == 1 && rows[0][0] == "unknown" && rows[0][1]?.int == calls, "\(rows)")
            #expect(rows[0][2]?.double == 1)
        }
        let dispositions = try rows(host, "dispositions")
        #expect(dispositions.reduce(0) { $0 + ($1[1]?.int ?? 0) } == calls, "\(dispositions)")
    }

    @Test func `calls are counted, judged and measured by the embedded warehouse`() async throws {
        let host = try host("warehouse-sqlite", config: ["path": "warehouse.db"])
        try await call(host, asks: [true, false])
        try await count(host, 2)
        let intents = try rows(host, "intents")
        #expect(intents.count == 1 && intents[0][1]?.int == 1 && intents[0][2]?.int == 1, "\(intents)")
        let gap = try #require(try rows(host, "latency").first { $0[0] == "gap_ms" })
        #expect(gap[1]?.int == 1 && (1...10_000).contains(gap[2]?.double ?? 0), "\(gap)")
    }

    @Test func `and by ClickHouse`() async throws {
        let server = try ClickHouseServer()
        let host = try host(
            "warehouse-clickhouse",
            config: ["url": .string(server.url), "password_secret": "warehouse_password"],
            secret: server.password
        )
        try await call(host, asks: [false, false])
        try await count(host, 2)
        #expect(try rows(host, "latency").isEmpty && rows(host, "intents").isEmpty)
    }
}
