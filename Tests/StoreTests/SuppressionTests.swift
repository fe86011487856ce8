import Core
import JSONKit
import Store
import Testing

@Suite(.serialized) struct SuppressionTests {
    @Test(arguments: TestEngine.allCases)
    func `entries hold for all campaigns or one, are told of once, and can be taken back`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let one = Suppression(pattern: "+15551000000", reason: "asked", made: CallList.start)
        let other = Suppression(campaign: "d", pattern: "+1444*", reason: "area", made: CallList.start)
        #expect(try await store.suppressions.add([one, other, one]) == [one, other])
        #expect(try await store.suppressions.add([one]).isEmpty)
        #expect(try await store.suppressions.list() == [other, one])
        #expect(try await store.suppressions.list(campaign: "") == [one])
        #expect(try await store.suppressions.list(after: other.pattern) == [one])
        let numbers = ["+15551000000", "+14441000000", "+15551000001"]
        #expect(try await store.suppressions.matches(numbers, campaign: "c") == [numbers[0]: one])
        #expect(try await store.suppressions.matches(numbers, campaign: "d").count == 2)
        let events = try await store.log.read(after: 0, limit: 10).map(\.event)
        #expect(events.map(\.topic) == [.numberSuppressed, .numberSuppressed])
        #expect(events.allSatisfy { !$0.key.contains("555") && $0.data["personal"] == ["pattern"] })
        #expect(try await store.suppressions.remove(pattern: one.pattern))
        #expect(try await !store.suppressions.remove(pattern: one.pattern))
        #expect(try await store.suppressions.matches(numbers, campaign: "c").isEmpty)
    }

    @Test func `what is no number and no beginning of one is refused, with its place`() async throws {
        let temporary = try TemporaryStore()
        let store = try #require(temporary.store)
        for pattern in ["*", "+*", "+0123456789", "15551234567", "+1 555", "+123456", "+1234567890123456", "sha256:00"]
        {
            let good = Suppression(pattern: "+15551234567", reason: "", made: CallList.start)
            let bad = Suppression(pattern: pattern, reason: "", made: CallList.start)
            let refusal = await #expect(throws: StoreError.self) { try await store.suppressions.add([good, bad]) }
            #expect(refusal?.description.contains("pattern 2") == true)
        }
        #expect(try await store.suppressions.list().isEmpty)
    }
}
