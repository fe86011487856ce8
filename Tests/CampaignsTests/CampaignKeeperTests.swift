import Core
import Glibc
import JSONKit
import Store
import Synchronization
import Testing

@testable import Campaigns

/// Campaigns in a store: each change is one commit with its event.
@Suite struct CampaignKeeperTests {
    /// A store of its own, agents that come and go, and a clock that is set.
    final class Bench: Sendable {
        /// What a test changes while the keeper reads it.
        final class World: Sendable {
            let agents = Mutex(["b"])
            let isFed = Mutex(false)
            let clock = Mutex(Timestamp(unixMilliseconds: 1_795_449_600_000))
        }

        let store: Store
        let keeper: CampaignKeeper
        let world = World()
        private let folder: String

        init() throws {
            var template = Array("/tmp/patchbay-campaigns-XXXXXX".utf8CString)
            folder = String(cString: mkdtemp(&template))
            store = try Store(StateFolder(folder))
            let world = world
            keeper = CampaignKeeper(
                store,
                CampaignKeeper.Neighbours(
                    agents: { () async throws(StoreError) in
                        world.agents.withLock { $0 }.map { CampaignSurroundings.Agent($0, hasMessage: false) }
                    },
                    problems: { (try? RuleBook.shipped())?.problems(of: $0) ?? [] },
                    isFed: { _ in world.isFed.withLock { $0 } },
                    now: { world.clock.withLock { $0 } }
                )
            )
        }

        deinit {
            store.close()
            _ = system("rm -rf '\(folder)'")
        }

        var now: Timestamp { world.clock.withLock { $0 } }

        func pass(_ seconds: Int64) {
            world.clock.withLock { $0 = Timestamp(unixMilliseconds: $0.unixMilliseconds + 1000 * seconds) }
        }

        func changes() async throws -> [String] {
            try await store.log.read(after: 0, topics: [.campaignPut, .campaignChanged], limit: 100).map { recorded in
                recorded.event.data["state"]?.string ?? "put \(recorded.event.data["revision"] ?? .null)"
            }
        }

        /// A lead of the list `l` that was called and is done with.
        func add(_ state: Lead.State) async throws {
            var lead = Lead(list: "l", number: "+15005550\(Int.random(in: 100...999))", made: now)
            lead.state = state
            _ = try await store.leads.add([lead])
        }
    }

    private func document(_ members: JSONObject = [:]) -> JSON {
        var document = CampaignDocumentTests.least
        for (name, value) in members { document[name] = value }
        return .object(document)
    }

    @Test func `putting, starting and pausing leave one event each, and the revision counts documents`() async throws {
        let bench = try Bench()
        let first = try await bench.keeper.put(document())
        #expect(first.state == "draft" && first.revision == 1)
        _ = try await bench.keeper.start("a")
        let second = try await bench.keeper.put(document(["rings_s": 30]), ifRevision: 1)
        #expect(second.revision == 2 && second.state == "running")
        let same = try await bench.keeper.put(document(["rings_s": 30]))
        #expect(same.revision == 2, "nothing has changed")
        _ = try await bench.keeper.pause("a", reason: "closed today")
        let paused = try await bench.keeper.get("a")
        #expect(paused.state == "paused" && paused.reason == "closed today")
        #expect(try await bench.changes() == ["put 1", "running", "put 2", "paused"])
    }

    @Test func `what is not allowed is refused with its place, and leaves nothing`() async throws {
        let bench = try Bench()
        _ = try await bench.keeper.put(document())
        bench.world.agents.withLock { $0 = [] }
        let gone = await #expect(throws: StoreError.self) { try await bench.keeper.start("a") }
        #expect("\(try #require(gone))" == "a: agent: no agent is called b; there are none")
        await #expect(throws: StoreError.revisionConflict(expected: 7, found: 1)) {
            try await bench.keeper.put(document(["rings_s": 40]), ifRevision: 7)
        }
        await #expect(throws: StoreError.notFound("campaign z")) { try await bench.keeper.start("z") }
        #expect(try await bench.changes() == ["put 1"])
    }

    @Test func `a list belongs to one campaign until that is completed`() async throws {
        let bench = try Bench()
        _ = try await bench.keeper.put(document())
        let other = document(["name": "other"])
        #expect(try await bench.keeper.findings(on: other).map(\.path) == ["lists[0]"])
        #expect(try await bench.keeper.findings(on: document()).isEmpty, "its own list is its own")
        _ = try await bench.keeper.complete("a", reason: "")
        #expect(try await bench.keeper.findings(on: other).isEmpty)
    }

    @Test func `of two who take a list at the same moment one has it`() async throws {
        let bench = try Bench()
        let records = ["one", "two"].map { name in
            CampaignRecord(name: name, state: "draft", body: document(["name": .string(name)]), made: bench.now)
        }
        // Both have looked before either writes.
        try await bench.store.campaigns.add(records[0])
        await #expect(throws: StoreError.refused("lists: l belongs to the campaign one until that is completed")) {
            try await bench.store.campaigns.add(records[1])
        }
        #expect(try await bench.store.campaigns.list().map(\.name) == ["one"])
    }

    @Test func `the schedule starts and ends a campaign, once`() async throws {
        let bench = try Bench()
        func time(_ seconds: Int64) -> JSON {
            .string(Timestamp(unixMilliseconds: bench.now.unixMilliseconds + 1000 * seconds).description)
        }
        _ = try await bench.keeper.put(document(["starts_at": time(100), "ends_at": time(200)]))
        #expect(try await bench.keeper.start("a").state == "scheduled")
        for _ in 0..<3 {
            bench.pass(70)
            try await bench.keeper.tick()
            try await bench.keeper.tick()
        }
        #expect(try await bench.changes() == ["put 1", "scheduled", "running", "completed"])
    }

    @Test func `a campaign is completed when everybody was called, and waits while a list is empty`() async throws {
        let bench = try Bench()
        _ = try await bench.keeper.put(document())
        _ = try await bench.keeper.start("a")
        try await bench.keeper.tick()
        #expect(try await bench.keeper.get("a").state == "running", "its list may be filled yet")
        try await bench.add(.closed)
        try await bench.add(.ready)
        try await bench.keeper.tick()
        #expect(try await bench.keeper.get("a").state == "running")
        let ready = try #require(try await bench.store.leads.list(LeadFilter(state: .ready)).first)
        _ = try await bench.store.leads.change(ready.id) { lead throws(Refusal) in
            lead.state = .closed
            return []
        }
        try await bench.keeper.tick()
        #expect(try await bench.keeper.get("a").state == "completed")
        #expect(try await bench.keeper.get("a").reason == "no lead can be called any more")
    }

    @Test func `windows that the law never lets open are refused before anybody is called`() async throws {
        let bench = try Bench()
        let night: JSON = [["days": ["mon"], "from": "02:00", "until": "05:00"]]
        let findings = try await bench.keeper.findings(on: document(["windows": night, "country": "US"]))
        let found = try #require(findings.first { $0.path == "windows" })
        #expect(found.severity == .error && found.problem.contains("never open"))
        let unknown = try await bench.keeper.findings(on: document(["country": "ZZ"]))
        #expect(unknown.contains { $0.severity == .error && $0.path == "country" })
    }

    @Test func `a list that is being filled, or that fills itself, is not exhausted`() async throws {
        let bench = try Bench()
        _ = try await bench.keeper.put(document())
        _ = try await bench.keeper.start("a")
        try await bench.add(.closed)
        bench.world.isFed.withLock { $0 = true }
        try await bench.keeper.tick()
        #expect(try await bench.keeper.get("a").state == "running")
        bench.world.isFed.withLock { $0 = false }
        let order = Job(Job.Key(LeadImportOrder.kind, "l", period: "1"), due: bench.now, made: bench.now)
        try await bench.store.jobs.add([order], bound: 1)
        try await bench.keeper.tick()
        #expect(try await bench.keeper.get("a").state == "running")
        try await bench.store.jobs.erase(subjects: ["l"])
        try await bench.keeper.tick()
        #expect(try await bench.keeper.get("a").state == "completed")
    }

    @Test func `an agent that is deleted pauses what runs by it`() async throws {
        let bench = try Bench()
        _ = try await bench.keeper.put(document())
        _ = try await bench.keeper.start("a")
        try await bench.keeper.agentDeleted("b")
        try await bench.keeper.agentDeleted("b")
        #expect(try await bench.changes() == ["put 1", "running", "paused"])
    }

    @Test func `what runs is not deleted, and what is deleted leaves its leads`() async throws {
        let bench = try Bench()
        _ = try await bench.keeper.put(document())
        try await bench.add(.ready)
        _ = try await bench.keeper.start("a")
        await #expect(throws: StoreError.self) { try await bench.keeper.delete("a") }
        _ = try await bench.keeper.pause("a", reason: "")
        await #expect(throws: StoreError.self) { try await bench.keeper.delete("a", ifRevision: 5) }
        try await bench.keeper.delete("a")
        #expect(try await bench.keeper.list().isEmpty)
        #expect(try await bench.store.leads.list().count == 1)
    }

    @Test func `a day's report is kept and stays when the campaign is gone`() async throws {
        let bench = try Bench()
        let day = Zone.utc.day(of: bench.now)
        _ = try await bench.keeper.put(document())
        try await bench.add(.ready)
        let reporter = CampaignReporter(bench.store, try RuleBook.shipped(), zone: .utc)
        let made = try await reporter.keep("a", day, at: bench.now)
        #expect(made["figures"]?["leads"] == 1 && made["from"] == .string("\(day)T00:00:00.000Z"))
        try await bench.keeper.delete("a")
        #expect(try await reporter.kept("a", day) == made)
        #expect(try await reporter.kept("a", day.advanced(by: 1)) == nil)
        await #expect(throws: StoreError.notFound("campaign a")) {
            _ = try await reporter.report(on: "a", at: bench.now)
        }
    }
}
