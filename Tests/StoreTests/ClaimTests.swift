import Core
import Glibc
import JSONKit
import Services
import Store
import Synchronization
import Testing

/// Who is given out to be called, on both engines.
@Suite(.serialized) struct ClaimTests {
    @Test(arguments: TestEngine.allCases)
    func `an attempt, its lead, its number and its event are written together`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 1)
        let claimed = try #require(try await list.claim().first)
        let attempt = try #require(try await store.attempts.get(claimed.attempt.id))
        #expect(attempt == claimed.attempt)
        #expect(attempt.state == .intended && attempt.owner == "a" && attempt.decision == ["allowed": true])
        #expect(attempt.due == CallList.later(60) && attempt.number == "+15551000000")
        let lead = try #require(try await store.leads.get(attempt.lead))
        #expect(lead == claimed.lead)
        #expect(lead.state == .claimed && lead.attempts == 1 && lead.lastAttemptAt == CallList.start)
        #expect(try await store.attempts.countLive(campaign: "c") == 1)
        let event = try #require(try await store.log.read(after: 0, limit: 10).first?.event)
        #expect(event.topic == .attemptIntended && event.key == attempt.id)
        #expect(event.data["number"] == "+15551000000" && event.data["personal"] == ["number"])
        #expect(event.data["decision"] == ["allowed": true])
        #expect(try await list.claim().isEmpty, "nobody is left")
    }

    @Test(arguments: TestEngine.allCases)
    func `callbacks that are due come first, then priority, score and time`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 0)
        var leads = (0..<6).map { CallList.lead($0, list: $0 % 2 == 0 ? "l" : "m") }
        (leads[1].priority, leads[2].score, leads[3].score) = (2, 90, 80)
        leads[4].nextAt = CallList.later(-60)
        (leads[5].callbackAt, leads[0].callbackAt) = (CallList.later(-5), CallList.later(500))
        _ = try await store.leads.add(leads)
        let claimed = try await list.claim(lists: ["l", "m"])
        #expect(claimed.map(\.lead.number) == [5, 1, 2, 3, 4, 0].map { leads[$0].number })
        #expect(Set(claimed.map(\.attempt.callerID)) == ["+15550100", "+15550101"], "they are used in turn")
    }

    @Test(arguments: TestEngine.allCases)
    func `who is to wait is not looked at before the time, and then in order`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 300)
        let looked = Mutex(0)
        let wait: @Sendable (Prospect) -> Claiming = { _ in
            looked.withLock { $0 += 1 }
            return .wait(until: CallList.later(3600))
        }
        for _ in 0..<4 { #expect(try await list.claim(decide: wait).isEmpty) }
        #expect(looked.withLock { $0 } == 300, "each once, and at most 256 a claim")
        let urgent = Lead.id(list: "l", number: "+15551000250")
        try await store.leads.change(urgent) { lead throws(Refusal) in
            lead.priority = 5
            return []
        }
        #expect(try await list.claim(at: CallList.later(3599)).isEmpty)
        let claimed = try await list.claim(at: CallList.later(3600))
        #expect(claimed.count == 10)
        #expect(claimed.first?.lead.id == urgent)
    }

    @Test(arguments: TestEngine.allCases)
    func `a lead that may never be called is closed with the reason, and told of`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 3)
        #expect(try await list.claim { _ in .close(reason: "consent") }.isEmpty)
        #expect(
            try await store.leads.counts(lists: ["l"]) == [
                LeadCount(list: "l", state: .closed, disposition: "", count: 3)
            ]
        )
        let events = try await store.log.read(after: 0, topics: [.leadUpdated], limit: 10)
        #expect(events.count == 3)
        #expect(events.allSatisfy { $0.event.data["reason"] == "consent" && $0.event.data["state"] == "closed" })
    }

    @Test(arguments: TestEngine.allCases)
    func `the rules hear of earlier attempts, of lists that forbid the number, and who is on the phone`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 1)
        try await CallList.addCampaign("d", to: store)
        _ = try await CallList(store, leads: 1, campaign: "d", list: "m")
        let first = try #require(try await list.claim().first)
        try await list.end(first.attempt.id, againAt: CallList.later(100))
        let second = try #require(try await list.claim(at: CallList.later(100)).first)
        let reason = "asked for it"
        try await store.suppressions.add([
            Suppression(pattern: "+1555*", reason: "area", made: CallList.start),
            Suppression(campaign: "d", pattern: "+15551000000", reason: reason, made: CallList.start),
            Suppression(campaign: "e", pattern: "+15551*", reason: "another's", made: CallList.start),
        ])
        let other = Lead.id(list: "m", number: "+15551000000")
        let seen = try #require(try await store.attempts.prospect(of: other, campaign: "d", at: CallList.later(200)))
        #expect(seen.isLive && seen.attempts.isEmpty)
        #expect(seen.numberAttempts == [CallList.start, CallList.later(100)])
        #expect(seen.suppression?.reason == reason)
        try await list.end(second.attempt.id)
        let own = try #require(
            try await store.attempts.prospect(of: first.lead.id, campaign: "c", at: CallList.later(31_536_050))
        )
        #expect(!own.isLive && own.attempts == [CallList.start, CallList.later(100)])
        #expect(own.numberAttempts == [CallList.later(100)], "of a year")
        #expect(own.suppression?.reason == "area")
    }

    @Test(arguments: TestEngine.allCases)
    func `a number that is being called is not called by anybody else, and is free again afterwards`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 1)
        try await CallList.addCampaign("d", to: store)
        _ = try await CallList(store, leads: 1, campaign: "d", list: "m")
        // Twice in one claim, and once more from another campaign.
        let claimed = try await list.claim(lists: ["l", "m"])
        #expect(claimed.count == 1)
        #expect(try await list.claim("d", lists: ["l", "m"]).isEmpty)
        #expect(try await list.claim("d", lists: ["l", "m"], at: CallList.later(31)).isEmpty)
        try await list.end(claimed[0].attempt.id)
        #expect(try await store.attempts.countLive(campaign: "c") == 0)
        #expect(try await list.claim("d", lists: ["l", "m"], at: CallList.later(62)).count == 1)
        await #expect(throws: StoreError.self, "what is over stays so") {
            try await store.attempts.change(claimed[0].attempt.id) { attempt, _ throws(Refusal) in
                attempt.state = .placed
                return []
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func `nothing is given out unless the campaign is running`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 5)
        try await store.campaigns.change("c") { record throws(Refusal) in
            record.state = "paused"
            return []
        }
        #expect(try await list.claim().isEmpty)
        #expect(try await list.claim("nobody's").isEmpty)
        #expect(try await store.attempts.list().isEmpty)
    }

    @Test func `of two hosts on one PostgreSQL no lead and no number is taken twice, and the limits hold over both`()
        async throws
    {
        let one = try TemporaryStore(.postgres)
        let store = try #require(one.store)
        let list = try await CallList(store, leads: 120)
        // The same numbers again for another campaign.
        try await CallList.addCampaign("d", to: store)
        _ = try await CallList(store, leads: 120, campaign: "d", list: "m")
        let folder = try ServerProcess.makeFolder()
        let other = try Store(StateFolder(folder), engine: .postgres(url: one.url, password: { nil }), host: "b")
        defer {
            other.close()
            _ = system("rm -rf '\(folder)'")
        }
        let claimed = Mutex<[Claimed]>([])
        let claim: @Sendable (String, Store, String, String) async -> Void = { owner, host, campaign, leads in
            for _ in 0..<40 {
                let taken = try? await list.claim(
                    campaign,
                    lists: [leads],
                    owner: owner,
                    limit: 3,
                    concurrent: 50,
                    by: host
                )
                claimed.withLock { $0 += taken ?? [] }
            }
        }
        async let first: Void = claim("a", store, "c", "l")
        async let second: Void = claim("b", other, "c", "l")
        async let third: Void = claim("a", store, "d", "m")
        await claim("b", other, "d", "m")
        _ = await (first, second, third)
        let all = claimed.withLock { $0 }
        #expect(all.count == 100, "50 each")
        #expect(Set(all.map(\.lead.id)).count == 100)
        #expect(Set(all.map(\.attempt.number)).count == 100)
        #expect(Set(all.map(\.attempt.owner)) == ["a", "b"])
        #expect(try await store.attempts.countLive(campaign: "c") == 50)
        #expect(try await store.log.read(after: 0, topics: [.attemptIntended], limit: 1000).count == 100)
    }

    @Test(arguments: TestEngine.allCases)
    func `calls a second are counted over all hosts and claims`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 100)
        var counts: [Int] = []
        for tick in 0..<40 {
            // Two hosts, ten times a second, at two calls a second.
            for owner in ["a", "b"] {
                let claimed = try await list.claim(owner: owner, perSecond: 2, at: CallList.later(Double(tick) / 10))
                counts.append(claimed.count)
            }
        }
        #expect(counts.reduce(0, +) == 8, "one at once, and seven in the 3.9 s behind it")
        #expect(counts.max() == 1)
    }

    @Test(arguments: TestEngine.allCases)
    func `a host that is killed in mid-commit leaves all of an attempt or nothing of it`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        _ = try await CallList(try #require(temporary.store), leads: 400)
        temporary.close()
        for round in 1...8 {
            _ = try StoreChild.runUntilKilled(
                temporary.path,
                temporary.url,
                mode: "call",
                milliseconds: 10 + 13 * round
            )
        }
        try temporary.open()
        let store = try #require(temporary.store)
        let attempts = try await store.attempts.list(limit: 10_000)
        let leads = try await store.leads.list(limit: 10_000)
        let intended = try await store.log.read(after: 0, topics: [.attemptIntended], limit: 10_000).map(\.event.key)
        let ended = try await store.log.read(after: 0, topics: [.attemptEnded], limit: 10_000).map(\.event.key)
        #expect(attempts.count > 20)
        #expect(Set(intended) == Set(attempts.map(\.id)) && intended.count == attempts.count)
        #expect(Set(ended) == Set(attempts.filter { !$0.state.isLive }.map(\.id)))
        let live = attempts.filter(\.state.isLive)
        #expect(try await store.attempts.countLive(campaign: "c") == live.count)
        #expect(Set(live.map(\.lead)) == Set(leads.filter { $0.state == .claimed }.map(\.id)))
        #expect(Set(live.map(\.number)).count == live.count)
        let byLead = Dictionary(grouping: attempts, by: \.lead).mapValues(\.count)
        #expect(leads.allSatisfy { Int($0.attempts) == byLead[$0.id] ?? 0 })
        #expect(try await store.campaigns.get("c")?.turn == Int64(attempts.count))
    }
}
