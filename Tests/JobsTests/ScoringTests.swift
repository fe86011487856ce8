import Core
import JSONKit
import Store
import Testing

@testable import Jobs

/// How promising leads are.
@Suite(.serialized) struct ScoringTests {
    private static let day: Int64 = 86_400_000
    private let now = Timestamp(unixMilliseconds: 1_795_500_000_000)

    private func ended(
        _ disposition: String,
        daysAgo: Int64 = 0,
        direction: String = "outbound",
        seconds: Double = 90,
        speaks: Bool = true,
        call: String = "call_1"
    ) -> Event {
        let transcript: JSON = speaks ? [["who": "caller", "text": "hello"]] : []
        let data: JSON = [
            "disposition": .string(disposition), "direction": .string(direction), "duration_s": .double(seconds),
            "from": "+15550100", "to": "+15550123", "transcript": transcript,
        ]
        let at = Timestamp(unixMilliseconds: now.unixMilliseconds - daysAgo * Self.day)
        return Event(.callEnded, key: call, data: data, at: at)
    }

    private func score(_ events: [Event], sentiment: String? = nil) -> LeadScore {
        LeadScore(events.map { LeadContact($0, review: sentiment.map { ["sentiment": .string($0)] }) }, at: now)
    }

    @Test func `a good conversation counts, and fades by half in ten days`() {
        let fresh = score([ended("visit_agreed")], sentiment: "positive")
        #expect(fresh.base == 20 && fresh.recency == 20 && fresh.engagement == 33 && fresh.fatigue == 0)
        #expect(fresh.points == 73 && fresh.stage == "hot")
        let old = score([ended("visit_agreed", daysAgo: 10)], sentiment: "positive")
        #expect(abs(old.recency - 10) < 0.01 && abs(old.engagement - 16.5) < 0.01)
    }

    @Test func `who calls us is worth more than who was called, and a cross one less`() {
        let inbound = score([ended("question_answered", direction: "inbound", seconds: 20)])
        let outbound = score([ended("question_answered", seconds: 20)])
        #expect(inbound.points - outbound.points == 20)
        #expect(score([ended("question_answered")], sentiment: "negative").engagement == 5)
    }

    @Test func `tries in vain tire, up to a bound, and only for a month`() {
        let tries = (0..<4).map { ended("no_answer", daysAgo: Int64($0), speaks: false) }
        #expect(score(tries).fatigue == -16 && score(tries).engagement == 0)
        #expect(score((0..<20).map { _ in ended("busy", speaks: false) }).fatigue == -30)
        #expect(score([ended("busy", daysAgo: 31, speaks: false)]).fatigue == 0)
    }

    @Test func `who does not want to be called is closed, whatever was before`() {
        let closed = score([ended("visit_agreed", daysAgo: 2), ended("do_not_call")])
        #expect(closed.points == 0 && closed.stage == "closed")
        #expect(score([ended("do_not_call", daysAgo: 2), ended("visit_agreed")]).stage != "closed")
    }

    @Test func `a score is never below nothing nor above a hundred`() {
        #expect(score((0..<20).map { _ in ended("sale") }, sentiment: "positive").points == 80)
        #expect((0...100).contains(score((0..<50).map { _ in ended("busy", daysAgo: 9, speaks: false) }).points))
    }

    @Test func `the same number is the same lead, a withheld one is none, and the CRM's own name wins`() {
        let lead = ScoredLead(of: ended("sale"))
        #expect(lead?.phone == "+15550123" && lead?.id.hasPrefix("lead_") == true)
        #expect(lead == ScoredLead(of: ended("busy", call: "call_2")))
        let withheld = Event(.callEnded, key: "c", data: ["direction": "inbound", "from": "anonymous"])
        #expect(ScoredLead(of: withheld) == nil)
        #expect(ScoredLead(of: Event(.callEnded, key: "c", data: ["lead_id": "L-7", "from": ""]))?.id == "L-7")
    }

    @Test(arguments: TestEngine.allCases)
    func `each call adds to its lead's score, and nothing new is not told`(engine: TestEngine) async throws {
        let bench = try JobBench(engine)
        let store = try #require(bench.store)
        let runner = JobRunner(
            store,
            [ScoringWork(store.log, now: bench.clock.now)],
            host: "a",
            now: bench.clock.now
        )
        var keys: [(key: Job.Key, input: JSON)] = []
        for number in 1...3 {
            let event = ended("visit_agreed", call: "call_\(number)")
            try await store.log.append(event)
            keys.append(try #require(try await ScoringWork.wanted(after: event, store.log)))
        }
        try await runner.add(keys)
        for _ in keys {
            try await runner.round()
            await runner.settle()
        }
        let scored = try await store.log.read(after: 0, topics: [.leadScored], limit: 9).map(\.event)
        #expect(scored.map { $0.data["calls"]?.array?.count } == [1, 2, 3])
        #expect(scored.last?.key == keys[0].key.subject && scored.last?.data["phone"] == "+15550123")
        #expect(scored.last?.data["factors"]?["engagement"] == 40.0 && scored.last?.data["rules"] == 1)
        let again = try await runner.want(
            try #require(runner.works["scoring"]).key(
                subject: keys[0].key.subject,
                period: "",
                at: now
            )
        )
        try await runner.round()
        await runner.settle()
        #expect(try await store.jobs.get(again.id)?.state == .done)
        #expect(try await store.log.read(after: 0, topics: [.leadScored], limit: 9).count == 3)
    }
}
