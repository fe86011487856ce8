import Core
import JSONKit
import Store
import Testing

@Suite(.serialized) struct CampaignTableTests {
    @Test(arguments: TestEngine.allCases)
    func `a campaign's document has revisions, its state has not, and events come with either`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let table = store.campaigns
        let record = CampaignRecord(name: "c", state: "draft", body: ["agent": "x"], made: CallList.start)
        try await table.add(record) { [Event(.campaignPut, key: $0.name)] }
        await #expect(throws: StoreError.revisionConflict(expected: 0, found: 1)) { try await table.add(record) }
        let running = try await table.change("c", ifRevision: 1) { record throws(Refusal) in
            (record.state, record.figures, record.updated) = ("running", ["drops": 3], CallList.later(1))
            return [Event(.campaignChanged, key: record.name)]
        }
        #expect(running.revision == 1)
        let changed = try await table.change("c") { record throws(Refusal) in
            record.body = ["agent": "y"]
            return []
        }
        #expect(changed.revision == 2)
        #expect(try await table.get("c") == changed)
        #expect(try await table.list() == [changed])
        await #expect(throws: StoreError.revisionConflict(expected: 1, found: 2)) {
            try await table.change("c", ifRevision: 1) { _ throws(Refusal) in [] }
        }
        await #expect(throws: StoreError.refused("no")) {
            try await table.change("c") { _ throws(Refusal) in throw Refusal("no") }
        }
        await #expect(throws: StoreError.notFound("campaign d")) {
            try await table.change("d") { _ throws(Refusal) in [] }
        }
        #expect(try await store.log.read(after: 0, limit: 10).map(\.event.topic) == [.campaignPut, .campaignChanged])
    }

    @Test(arguments: TestEngine.allCases)
    func `a campaign is not deleted while somebody is being called for it`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 1)
        let claimed = try #require(try await list.claim().first)
        await #expect(throws: StoreError.self) { try await store.campaigns.delete("c") }
        try await list.end(claimed.attempt.id)
        #expect(try await store.campaigns.delete("c"))
        #expect(try await !store.campaigns.delete("c"))
    }

    @Test func `tokens come at the rate, a pause saves up a quarter of a second, and clocks may be wrong`() {
        func later(_ milliseconds: Int64) -> Timestamp {
            Timestamp(unixMilliseconds: CallList.start.unixMilliseconds + milliseconds)
        }
        var bucket = TokenBucket(at: later(0))
        #expect(bucket.calls == 0)
        bucket.refill(500, at: later(1999))
        #expect(bucket.calls == 0)
        bucket.refill(500, at: later(2000))
        #expect(bucket.calls == 1)
        bucket.refill(500, at: later(100_000_000_000))
        #expect(bucket.calls == 1, "it does not save up")
        bucket.refill(40_000, at: later(100_000_010_000))
        #expect(bucket.calls == 10)
        bucket.take(10)
        bucket.refill(40_000, at: later(100_000_005_000))
        #expect(bucket.calls == 0, "another host's clock is behind")
        bucket.refill(40_000, at: later(0))
        bucket.refill(40_000, at: later(1000))
        #expect(bucket.calls == 10, "a clock that was far ahead does not stop it for long")
    }
}
