import Carrier
import Console
import Glibc
import JSONKit
import Services
import Testing

/// What a host does when its disk takes nothing any more: it says so, calls go on, and what it has acknowledged is there.
@Suite(.serialized) struct DiskTests {
    @Test(.enabled(if: TestDisk.isPossible, "needs root, to mount a small disk"))
    func `a full disk raises the alarm, the call goes on, and everything acknowledged stands in the log`() async throws
    {
        let host = try TestHost()
        let disk = try TestDisk(at: "\(host.folder)/state")
        try await run(host, breaking: { try disk.fill() }, mending: { disk.empty() })
        host.kill()
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to make files unwritable"))
    func `a disk that has become read-only does the same`() async throws {
        let host = try TestHost()
        let files = "'\(host.folder)/state/patchbay.sqlite' '\(host.folder)/state/patchbay.sqlite-wal'"
        defer { _ = system("chattr -i \(files)") }
        try await run(
            host,
            breaking: {
                guard system("chattr +i \(files)") == 0 else { throw ServiceFailure("no chattr here") }
            },
            mending: { _ = system("chattr -i \(files)") }
        )
    }

    private func run(_ host: TestHost, breaking: () throws -> Void, mending: () -> Void) async throws {
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 20)
        let client = try host.client()
        let id = try #require(try client.call("call.list")["items"]?[0]?["call_id"])

        try breaking()
        var (acknowledged, refused): (Set<String>, [String]) = ([], [])
        var number = 0
        // What fits into files that are there already is taken, and safe.
        while refused.isEmpty, number < 2000 {
            number += 1
            let ids = (0..<50).map { "review-\(number)-\($0)" }
            do throws(ConsoleFailure) {
                try append(ids, to: client)
                acknowledged.formUnion(ids)
            } catch {
                refused = ids
                #expect("\(error)".contains("disk"), "\(error)")
            }
        }
        #expect(!refused.isEmpty, "the disk takes everything")
        try alarm(client)
        // The caller hears nothing of it.
        let before = await call.view().agentUtterances
        _ = try client.call("call.say", ["call_id": id, "text": "We close at six."])
        try await call.waitForAgent(after: before, seconds: 10)

        mending()
        try await Patience.wait(for: "the log", seconds: 20) { try client.call("system.health")["status"] == "ok" }
        try append(refused, to: client)
        _ = try client.call("call.hangup", ["call_id": id])
        try await Patience.wait(for: "the outcome") { try Self.events(client).contains { $0["topic"] == "call.ended" } }
        let events = try Self.events(client)
        let ids = events.compactMap { $0["id"]?.string }
        #expect(acknowledged.union(refused).isSubset(of: ids))
        #expect(Set(ids).count == ids.count, "nothing stands twice")
        #expect(events.compactMap { $0["position"]?.int } == Array(1...Int64(events.count)), "no gaps")
        // What the agent said meanwhile waited in memory.
        #expect(
            events.contains {
                $0["topic"] == "reply.spoken" && $0["data"]?.description.contains("close at six") == true
            }
        )
    }

    private func append(_ ids: [String], to client: ControlClient) throws(ConsoleFailure) {
        let events = ids.map { id -> JSON in
            [
                "topic": "call.reviewed", "key": "call_x", "id": .string(id),
                "data": ["summary": .string(String(repeating: "word ", count: 200))],
            ]
        }
        _ = try client.call("event.append", ["events": .array(events)])
    }

    private func alarm(_ client: ControlClient) throws {
        let health = try client.call("system.health")
        #expect(health["status"] == "degraded")
        #expect(health["checks"]?[0]?["reason"]?.string?.contains("disk") == true)
        let figures = try client.call("metrics.get")["items"]?.array ?? []
        #expect(figures.first { $0["name"] == "patchbay_log_healthy" }?["value"]?.double == 0)
    }

    private static func events(_ client: ControlClient) throws -> [JSON] {
        var (found, after): ([JSON], Int64) = ([], 0)
        while true {
            let page = try client.call("event.list", ["after": .int(after), "limit": 1000])
            let items = page["items"]?.array ?? []
            guard !items.isEmpty else { return found }
            found += items
            after = page["next"]?.int ?? after
        }
    }
}
