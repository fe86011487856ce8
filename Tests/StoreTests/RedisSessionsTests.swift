import Core
import JSONKit
import Services
import Testing

@testable import Store

/// Session state on a real redis-server.
@Suite(.serialized) struct RedisSessionsTests {
    private func sessions(
        _ server: RedisServer,
        host: String = "a",
        password: String? = nil
    ) throws -> RedisSessions {
        RedisSessions(.init(address: try RedisAddress(server.url), host: host) { password })
    }

    private func state(_ call: String, stage: String = "intro", words: String = "hello") -> SessionState {
        SessionState(
            call: CallID(call),
            lastTranscript: words,
            lastIntent: "book",
            stage: stage,
            context: ["slots": ["name": "Ann"]],
            parties: ["agent": "front-desk", "carrier_call_id": .string("CA\(call)"), "from": "+15005550006"]
        )
    }

    private func wait(for what: String, _ isSo: () async -> Bool) async throws {
        try await Patience.wait(for: what, seconds: 10) { await isSo() }
    }

    @Test func `a call is a hash with its fields, which expires, and is gone when the call is over`() async throws {
        let server = try RedisServer()
        let sessions = try sessions(server)
        defer { sessions.stop() }
        try await wait(for: "redis") { sessions.problem == nil }
        sessions.put(state("c1", stage: "closing"))
        let key = "pb:default:call:{c1}"
        try await wait(for: "the hash") { server.command("HGET", key, "stage") == ["closing"] }
        #expect(server.command("HMGET", key, "last_transcript", "last_intent", "epoch") == ["hello", "book", "1"])
        #expect(server.command("HGET", key, "ctx") == [#"{"slots":{"name":"Ann"}}"#])
        let life = try #require(Int(server.command("TTL", key)[0]))
        #expect((7100...7200).contains(life))
        #expect(!server.command("KEYS", "*").contains { $0.contains("+1500") })
        sessions.remove(CallID("c1"))
        try await wait(for: "its end") { server.command("EXISTS", key, "pb:default:carrier:{CAc1}") == ["0"] }
    }

    @Test func `another process finds the call, and lists it`() async throws {
        let server = try RedisServer()
        let (one, other) = (try sessions(server), try sessions(server, host: "b"))
        defer {
            one.stop()
            other.stop()
        }
        one.put(state("c1"))
        try await wait(for: "the call") { await other.get(CallID("c1"))?.lastTranscript == "hello" }
        #expect(await other.all().map(\.call.rawValue) == ["c1"])
    }

    @Test func `while redis is away nothing is lost, and the last state of each call is there when it is back`()
        async throws
    {
        let server = try RedisServer()
        let sessions = try sessions(server)
        defer { sessions.stop() }
        try await wait(for: "redis") { sessions.problem == nil }
        server.kill()
        try await wait(for: "its absence") { sessions.problem != nil }
        for number in 1...100 { sessions.put(state("c1", words: "words \(number)")) }
        sessions.put(state("c2", stage: "other"))
        #expect(await sessions.get(CallID("c1"))?.lastTranscript == "words 100")
        try server.start()
        try await wait(for: "the states") {
            server.command("HGET", "pb:default:call:{c1}", "last_transcript") == ["words 100"]
                && server.command("HGET", "pb:default:call:{c2}", "stage") == ["other"]
        }
    }

    @Test func `a redis that stands still is noticed, and used again when it goes on`() async throws {
        let server = try RedisServer()
        let sessions = try sessions(server)
        defer { sessions.stop() }
        try await wait(for: "redis") { sessions.problem == nil }
        server.pause()
        sessions.put(state("c1"))
        try await wait(for: "its absence") { sessions.problem != nil }
        server.resume()
        try await wait(for: "the state") { server.command("HGET", "pb:default:call:{c1}", "stage") == ["intro"] }
    }

    @Test func `the call of a host that lives is not taken over, that of a dead one is, once`() async throws {
        let server = try RedisServer()
        let (one, two, three) = (
            try sessions(server), try sessions(server, host: "b"), try sessions(server, host: "c")
        )
        defer { for each in [one, two, three] { each.stop() } }
        one.put(state("c1", stage: "qualification"))
        try await wait(for: "the call") { await two.get(CallID("c1")) != nil }
        #expect(await two.takeOver(carrierCallID: "CAc1") == nil)
        // Silence is what death looks like.
        one.stop()
        async let second = two.takeOver(carrierCallID: "CAc1")
        async let third = three.takeOver(carrierCallID: "CAc1")
        let found = await [second, third].compactMap { $0 }
        #expect(found.count == 1)
        let taken = try #require(found.first)
        #expect(taken.stage == "qualification" && taken.epoch == 2 && taken.formerOwner == "a")
        #expect(taken.context["slots"]?["name"] == "Ann")
    }

    @Test func `a host that was only asleep cannot write over the one that has the call now`() async throws {
        let server = try RedisServer()
        let (one, two) = (try sessions(server), try sessions(server, host: "b"))
        defer {
            one.stop()
            two.stop()
        }
        one.put(state("c1"))
        try await wait(for: "the call") { await two.get(CallID("c1")) != nil }
        // Asleep, as far as Redis can tell.
        _ = server.command("HSET", "pb:default:call:{c1}", "owner", "b/other", "epoch", "2", "stage", "closing")
        one.put(state("c1", stage: "intro", words: "late"))
        try await Task.sleep(for: .milliseconds(300))
        #expect(server.command("HGET", "pb:default:call:{c1}", "stage") == ["closing"])
        one.remove(CallID("c1"))
        try await Task.sleep(for: .milliseconds(200))
        #expect(server.command("EXISTS", "pb:default:call:{c1}") == ["1"])
    }

    @Test func `a wrong password, none, and a full memory are told with what to do`() async throws {
        let guarded = try RedisServer(["--requirepass", "right"])
        let wrong = try sessions(guarded, password: "wrong")
        defer { wrong.stop() }
        try await wait(for: "the refusal") { wrong.problem?.contains("sessions.password_secret") == true }
        let without = try sessions(guarded)
        defer { without.stop() }
        try await wait(for: "the refusal") { without.problem?.contains("set sessions.password_secret") == true }
        let right = try sessions(guarded, password: "right")
        defer { right.stop() }
        try await wait(for: "the connection") { right.problem == nil }
        #expect(RedisProblem.refused("OOM command not allowed").description.contains("maxmemory"))
    }

    @Test func `a redis that is not there, stands still or is something else is told with the setting`() async throws {
        let server = try RedisServer()
        server.kill()
        let gone = try sessions(server)
        defer { gone.stop() }
        try await wait(for: "the reason") { gone.problem?.contains("sessions.url") == true }
        try server.start()
        server.pause()
        defer { server.resume() }
        let still = try sessions(server)
        defer { still.stop() }
        try await wait(for: "the reason") { still.problem?.contains("in time; is it up, and is sessions.url") == true }
        // Something that speaks, but not Redis' language.
        let stranger = try S3Server()
        let address = try RedisAddress("redis://127.0.0.1:\(stranger.port)")
        let lost = RedisSessions(.init(address: address, host: "a") { nil })
        defer { lost.stop() }
        try await wait(for: "the reason") { lost.problem?.contains("sessions.url") == true }
    }

    @Test func `an address is read, and a wrong one is refused by what is wrong with it`() throws {
        #expect(try RedisAddress("redis://cache").place == .host("cache", port: 6379))
        #expect(try RedisAddress("redis://cache:7000/3") == RedisAddress("redis://cache:7000/3"))
        #expect(try RedisAddress("redis://cache:7000/3").database == 3)
        #expect(try RedisAddress("unix:/run/redis.sock").place == .socket(path: "/run/redis.sock"))
        for wrong in ["cache:6379", "redis://", "redis://u:p@cache", "redis://cache:port", "unix:redis.sock"] {
            #expect(throws: FieldError.self) { try RedisAddress(wrong) }
        }
    }
}
