import Carrier
import Console
import Glibc
import IO
import JSONKit
import Testing

/// The whole host over its real sockets, one scenario a test.
@Suite(.serialized) struct HostTests {
    @Test func `a caller is greeted, and the host that is killed in mid-call tells afterwards what happened`()
        async throws
    {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.wait(for: "the greeting", seconds: 15) { $0.isAgentSpeaking }
        let before = try host.events()
        let id = try #require(before.first { $0["topic"] == "call.started" }?["key"]?.string)
        host.kill()
        try host.start()
        let after = try host.events()
        #expect(Array(after.prefix(before.count)) == before)
        #expect(after.contains { $0["topic"] == "call.interrupted" && $0["key"]?.string == id })
        #expect(try host.client().call("call.list")["items"]?.array?.isEmpty == true)
    }

    @Test func `an operator speaks on a live call, hangs it up, and the outcome reaches the CRM`() async throws {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 15)
        let client = try host.client()
        let id = try #require(try client.call("call.list")["items"]?[0]?["call_id"])
        _ = try client.call("call.say", ["call_id": id, "text": "One moment please."])
        try await call.waitForAgent(after: 1, seconds: 10)
        _ = try client.call("call.hangup", ["call_id": id])
        try await call.wait(for: "the end", seconds: 10) { $0.isClosed }
        for _ in 0..<200 where try !host.topics().contains("crm.delivered") { usleep(25_000) }
        let topics = try host.topics()
        #expect(
            topics.contains("call.ended") && topics.contains("crm.delivered") && topics.contains("recording.finished")
        )
        #expect(system("grep -q call.outcome '\(host.folder)'/crm/*.jsonl") == 0)
    }

    @Test func `a drained host lets the caller finish and then ends, with nothing left open`() async throws {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.wait(for: "the greeting", seconds: 15) { $0.isAgentSpeaking }
        host.stop()
        try host.start()
        let topics = try host.topics()
        #expect(topics.contains("call.ended") && topics.contains("host.stopped"))
        #expect(!topics.contains("call.interrupted"))
    }

    @Test func `a forged webhook gets 403 and is counted, and no call begins`() async throws {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        await #expect {
            try await carrier.call(host, token: "somebody else's")
        } throws: { error in
            guard case .webhook(let status, _)? = error as? CarrierFailure else { return false }
            return status == 403
        }
        let page = try await carrier.get("\(host.address)/metrics").body
        #expect(page.contains(#"patchbay_webhooks_refused_total{plugin="telephony-twilio",reason="signature"} 1"#))
        #expect(try !host.topics().contains("call.started"))
    }

    @Test func `the pages for those who watch say what is so`() async throws {
        let host = try TestHost()
        try host.start()
        let carrier = try TestCarrier()
        #expect(try await carrier.get("\(host.address)/healthz").status == 200)
        #expect(try await carrier.get("\(host.address)/readyz").status == 200)
        #expect(try await carrier.get("\(host.address)/nothing").status == 404)
        #expect(system("curl -s '\(host.address)/metrics' | promtool check metrics") == 0)
        _ = try host.client().call("system.drain")
        let ready = try await carrier.get("\(host.address)/readyz")
        #expect(ready.status == 503 && ready.body.contains("draining"))
    }

    @Test func `a second host on the same state, a port in use and a wrong member each end with one line`() throws {
        let host = try TestHost()
        try host.start()
        let second = try TestHost { $0["state"] = .string("\(host.folder)/state") }
        let refused = try second.startInVain()
        #expect(refused.code == 1 && refused.output.contains("in use by process \(host.pid)"))
        let third = try TestHost { $0["listen"] = ["port": .int(Int64(host.port))] }
        let busy = try third.startInVain()
        #expect(busy.code == 1 && busy.output.contains("127.0.0.1:\(host.port)") && busy.output.contains("in use"))
        let fourth = try TestHost { $0["listen"] = ["prot": 1] }
        let wrong = try fourth.startInVain()
        #expect(wrong.code == 1 && wrong.output.contains("listen.prot: unknown member; did you mean port?"))
        #expect(refused.output.split(separator: "\n").count == 1)
    }
}
