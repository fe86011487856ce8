import Carrier
import Console
import JSONKit
import Services
import Testing

/// Services that fail under live calls. `make bench ONLY=outages` measures it with fifty of them and every service.
@Suite(.serialized) struct OutageTests {
    enum Failure: String, CaseIterable, Sendable { case stopped, paused }

    private static let calls = 3

    private func host(_ redis: RedisServer, _ postgres: PostgresServer, _ s3: S3Server) throws -> TestHost {
        let database = try postgres.database()
        s3.bucket("calls")
        let host = try TestHost { configuration in
            configuration["sessions"] = ["engine": "redis", "url": .string(redis.url)]
            configuration["store"] = ["engine": "postgres", "url": .string(database)]
            var plugins = configuration["plugins"]?.array ?? []
            plugins.append([
                "path": .string("\(TestHost.binaries)/libblobs-s3.so"),
                "config": ["bucket": "calls", "endpoint": .string(s3.url), "total_ms": 2000, "tries": 1],
            ])
            configuration["plugins"] = .array(plugins)
            var routes = configuration["routes"]?.object ?? [:]
            routes["blobs"] = [["plugin": "blobs-s3", "first_ms": 2000]]
            configuration["routes"] = .object(routes)
        }
        try host.keep(S3Server.accessKey, as: "s3_access_key")
        try host.keep(S3Server.secretKey, as: "s3_secret_key")
        try host.start()
        return host
    }

    @Test(arguments: Failure.allCases)
    func `database, sessions and blob store fail under live calls: no caller notices, and all is delivered afterwards`(
        failure: Failure
    ) async throws {
        let (redis, postgres, s3) = (try RedisServer(), try PostgresServer(), try S3Server())
        let host = try host(redis, postgres, s3)
        let carrier = try TestCarrier()
        var calls: [SimulatedCall] = []
        for _ in 0..<Self.calls { calls.append(try await carrier.call(host)) }
        for call in calls { try await call.waitForAgent(after: 0, seconds: 20) }
        let client = try host.client()
        let ids = try client.call("call.list")["items"]?.array?.compactMap { $0["call_id"] } ?? []
        #expect(ids.count == Self.calls)

        switch failure {
        case .stopped:
            redis.kill()
            postgres.kill()
            s3.kill()
        case .paused:
            redis.pause()
            postgres.pause()
            s3.pause()
        }
        try await talk(calls, ids, client)
        // Two end while everything is away, the third one when it is back.
        for id in ids.dropLast() { _ = try client.call("call.hangup", ["call_id": id]) }
        try await Patience.wait(for: "the ends", seconds: 10) {
            try client.call("call.list")["items"]?.array?.count == 1
        }
        switch failure {
        case .stopped:
            try await Patience.wait(for: "the alarm") { try client.call("system.health")["status"] == "degraded" }
            try redis.start()
            try postgres.start()
            try s3.start()
        case .paused:
            redis.resume()
            postgres.resume()
            s3.resume()
        }
        _ = try client.call("call.hangup", ["call_id": try #require(ids.last)])
        try await delivered(host, redis, s3)
    }

    /// Each caller hears the agent, soon: nothing on a call's way waits for a service.
    private func talk(_ calls: [SimulatedCall], _ ids: [JSON], _ client: ControlClient) async throws {
        let clock = ContinuousClock()
        for id in ids {
            var before: [Int] = []
            for call in calls { before.append(await call.view().agentUtterances) }
            let start = clock.now
            _ = try client.call("call.say", ["call_id": id, "text": "We close at six."])
            try await Patience.wait(for: "the agent", seconds: 10) {
                for (call, utterances) in zip(calls, before) where await call.view().agentUtterances > utterances {
                    return true
                }
                return false
            }
            // A paused database keeps who asks it for ten seconds, a paused Redis for two.
            #expect(clock.now - start < .seconds(1.8))
        }
        for call in calls {
            try await call.wait(for: "its last word", seconds: 10) { !$0.isAgentSpeaking }
            #expect(await !call.view().isClosed)
        }
    }

    private func delivered(_ host: TestHost, _ redis: RedisServer, _ s3: S3Server) async throws {
        let wanted = ["call.ended", "crm.delivered", "recording.finished", "recording.uploaded"]
        for topic in wanted {
            try await Patience.wait(for: "\(Self.calls) of \(topic)", seconds: 60) {
                ((try? host.topics()) ?? []).count { $0 == topic } >= Self.calls
            }
        }
        #expect(s3.keys("calls").count == Self.calls)
        let events = try host.events()
        #expect(events.compactMap { $0["position"]?.int } == Array(1...Int64(events.count)), "no gaps")
        for call in Set(events.filter { $0["topic"] == "call.started" }.compactMap { $0["key"]?.string }) {
            let own = events.filter { $0["key"]?.string == call }
            #expect(own.count { $0["topic"] == "call.ended" } == 1)
            #expect(own.contains { $0["topic"] == "reply.spoken" && $0["data"]?.description.contains("six") == true })
        }
        try await Patience.wait(for: "no parked event") {
            try host.client().call("delivery.list")["items"]?.array?.isEmpty == true
        }
        try await Patience.wait(for: "an empty Redis") { redis.command("ZCARD", "pb:default:active") == ["0"] }
        #expect(try host.client().call("system.health")["status"] == "ok")
        host.stop()
    }
}
