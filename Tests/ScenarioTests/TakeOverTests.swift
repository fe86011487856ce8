import Carrier
import Console
import Core
import IO
import JSONKit
import Services
import Testing

/// Two hosts, one Redis.
@Suite(.serialized) struct TakeOverTests {
    private func host(_ name: String, _ redis: RedisServer) throws -> TestHost {
        let url = redis.url
        let host = try TestHost {
            $0["sessions"] = ["engine": "redis", "url": .string(url)]
            $0["deliveries"] = ["host": .string(name)]
        }
        try host.start()
        return host
    }

    @Test func `a host dies in mid-call, and the other one goes on in the same stage with the same words`() async throws
    {
        let redis = try RedisServer()
        let (first, second) = (try host("first", redis), try host("second", redis))
        let carrier = try TestCarrier()
        let call = try await carrier.call(first)
        try await call.waitForAgent(after: 0, seconds: 20)
        let id = try #require(try first.client().call("call.list")["items"]?[0]?["call_id"])
        _ = try first.client().call("call.say", ["call_id": id, "text": "We close at six."])
        try await call.waitForAgent(after: 1, seconds: 10)
        let before = try await remembered(id, by: second) { $0["context"]?.description.contains("six") == true }
        first.kill()
        try await call.wait(for: "the lost socket", seconds: 5) { $0.isClosed }
        let next = try #require(try await call.goOn(at: second.address))
        try await next.waitForAgent(after: 0, seconds: 10)
        let events = try second.events()
        let continued = try #require(events.first { $0["topic"] == "call.continued" })
        #expect(continued["key"] == id)
        #expect(continued["data"]?["from_host"] == "first")
        #expect(continued["data"]?["stage"] == before["stage"])
        let transcript = try await remembered(id, by: second) { $0["context"]?.description.contains("cut off") == true }
        #expect(transcript["context"]?.description.contains("We close at six.") == true)
        _ = try second.client().call("call.hangup", ["call_id": id])
        try await next.wait(for: "the end", seconds: 10) { $0.isClosed }
        try await Patience.wait(for: "the outcome") { try second.topics().contains("call.ended") }
        let ended = try #require(try second.events().first { $0["topic"] == "call.ended" })
        let words = ended["data"]?["transcript"]?.description ?? ""
        #expect(words.contains("We close at six.") && words.contains("cut off"))
        #expect(try await call.goOn(at: second.address) == nil, "a call that is over does not go on")
    }

    @Test func `a call that ended on a host that lives is over on the other one, too`() async throws {
        let redis = try RedisServer()
        let (first, second) = (try host("first", redis), try host("second", redis))
        let carrier = try TestCarrier()
        let call = try await carrier.call(first)
        try await call.waitForAgent(after: 0, seconds: 20)
        let id = try #require(try first.client().call("call.list")["items"]?[0]?["call_id"])
        _ = try first.client().call("call.hangup", ["call_id": id])
        try await call.wait(for: "the end", seconds: 10) { $0.isClosed }
        #expect(try await call.goOn(at: second.address) == nil)
    }

    private func remembered(_ id: JSON, by host: TestHost, _ isSo: (JSON) -> Bool) async throws -> JSON {
        var found: JSON = .null
        try await Patience.wait(for: "the session", seconds: 10) {
            found = (try? host.client().call("session.get", ["call_id": id])) ?? .null
            return isSo(found)
        }
        return found
    }
}
