import Core
import JSONKit
import Store
import Testing

@Suite(.serialized) struct LeadTableTests {
    private func full(_ number: Int) -> Lead {
        var lead = CallList.lead(number)
        (lead.externalID, lead.name, lead.numbers) = ("crm-\(number)", "Ann", ["+15559\(100_000 + number)"])
        (lead.zone, lead.region, lead.language, lead.score) = ("America/New_York", "US-NY", "en-US", 40)
        lead.fields = ["bicycle": "red", "age": 3]
        lead.consent = Consent(.written, at: CallList.start, source: "form")
        (lead.stage, lead.priority, lead.callbackAt) = ("new", 2, CallList.later(60))
        return lead
    }

    @Test(arguments: TestEngine.allCases)
    func `a lead is read as it was written, and found by all its numbers`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let leads = try #require(temporary.store).leads
        let lead = full(1)
        #expect(try await leads.add([lead, CallList.lead(2)]).added == 2)
        #expect(try await leads.get(lead.id) == lead)
        for filter in [
            LeadFilter(number: lead.number), LeadFilter(list: "l", number: lead.numbers[0]),
            LeadFilter(externalID: "crm-1"),
        ] {
            #expect(try await leads.list(filter) == [lead])
        }
        #expect(try await leads.list(LeadFilter(state: .closed)).isEmpty)
        let all = try await leads.list(limit: 1)
        #expect(try await leads.list(after: all[0].id).count == 1)
    }

    @Test(arguments: TestEngine.allCases)
    func `lists are known by their leads, and are closed when all of these are`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let leads = try #require(temporary.store).leads
        #expect(try await leads.lists().isEmpty)
        #expect(try await !leads.areClosed(lists: ["l"]), "nothing in it")
        var other = Lead(list: "a", number: "+15550001111", made: CallList.start)
        other.state = .closed
        _ = try await leads.add([CallList.lead(1), CallList.lead(2), other])
        #expect(try await leads.lists() == ["a", "l"])
        #expect(try await leads.areClosed(lists: ["a"]))
        for number in [1, 2] {
            #expect(try await !leads.areClosed(lists: ["a", "l"]))
            try await leads.change(CallList.lead(number).id) { lead in
                lead.state = .closed
                return []
            }
        }
        #expect(try await leads.areClosed(lists: ["a", "l"]))
    }

    @Test(arguments: TestEngine.allCases)
    func `a lead that comes again is a duplicate, or brings what is new of the person`(engine: TestEngine) async throws
    {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        _ = try await store.leads.add([full(1)])
        try await store.leads.change(full(1).id) { lead throws(Refusal) in
            (lead.attempts, lead.state) = (3, .closed)
            return []
        }
        var again = CallList.lead(1)
        (again.name, again.fields, again.numbers) = ("Anna", ["age": 4], ["+15558000000"])
        let kept = try await store.leads.add([again, CallList.lead(2), CallList.lead(2)])
        #expect(kept.added == 1 && kept.duplicates == 2)
        let updated = try await store.leads.add([again, CallList.lead(2)], update: true)
        #expect(updated.updated == 1 && updated.duplicates == 1)
        let lead = try #require(try await store.leads.get(again.id))
        #expect(lead.name == "Anna" && lead.fields == ["bicycle": "red", "age": 4] && lead.externalID == "crm-1")
        #expect(lead.attempts == 3 && lead.state == .closed, "how far it has come stays")
        #expect(try await store.leads.list(LeadFilter(number: "+15558000000")).map(\.id) == [again.id])
        #expect(try await store.leads.list(LeadFilter(number: "+15559100001")).isEmpty)
    }

    @Test(arguments: TestEngine.allCases)
    func `a lead that was closed for want of consent is called once the list brings it`(engine: TestEngine) async throws
    {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        var lead = CallList.lead(1)
        lead.consent = nil
        _ = try await store.leads.add([lead])
        try await store.leads.change(lead.id) { lead throws(Refusal) in
            (lead.state, lead.reason) = (.closed, "consent")
            return []
        }
        _ = try await store.leads.add([lead], update: true)
        #expect(try await store.leads.get(lead.id)?.state == .closed)
        lead.consent = Consent(.written, at: lead.made, source: "form 7")
        _ = try await store.leads.add([lead], update: true)
        #expect(try await store.leads.get(lead.id)?.state == .ready)
    }

    @Test(arguments: TestEngine.allCases)
    func `leads, the mark behind them and their event are there together`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let mark = LeadTable.Mark("imports", "job_1", was: nil) { ["offset": 100, "added": .int(Int64($0.added))] }
        _ = try await store.leads.add((0..<130).map { CallList.lead($0) }, mark: mark) { outcome in
            [Event(.leadsImported, key: "l", data: ["taken": .int(Int64(outcome.added))])]
        }
        #expect(try await store.documents.get("imports", "job_1")?.body == ["offset": 100, "added": 130])
        #expect(try await store.log.read(after: 0, limit: 10).map(\.event.data) == [["taken": 130]])
        // Another one that has begun at the same place.
        await #expect(throws: StoreError.self) { try await store.leads.add([CallList.lead(200)], mark: mark) }
        #expect(try await store.leads.get(CallList.lead(200).id) == nil)
    }

    @Test(arguments: TestEngine.allCases)
    func `of somebody who is forgotten only a digest remains, which still forbids the number`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 2)
        try await store.leads.change(CallList.lead(0).id) { lead throws(Refusal) in
            lead.numbers = ["+15559000000"]
            return []
        }
        let claimed = try await list.claim()
        let mine = try #require(claimed.first { $0.attempt.number == "+15551000000" })
        try await store.suppressions.add([
            Suppression(campaign: "c", pattern: "+15559000000", reason: "asked", made: CallList.start)
        ])
        let busy = try await store.leads.erase(number: "+15559000000", at: CallList.later(1))
        #expect(busy.leads.isEmpty && busy.live == 1, "not during the call")
        try await list.end(mine.attempt.id)
        let erased = try await store.leads.erase(number: "+15559000000", at: CallList.later(2))
        #expect(erased.leads == [mine.lead.id] && erased.attempts == [mine.attempt.id] && erased.live == 0)
        #expect(try await store.leads.get(mine.lead.id) == nil)
        let attempt = try #require(try await store.attempts.get(mine.attempt.id))
        #expect(attempt.number.isEmpty && attempt.lead.isEmpty && attempt.decision == [:])
        #expect(attempt.disposition == "busy", "figures stay")
        let patterns = try await store.suppressions.list().map(\.pattern)
        #expect(patterns.count == 3 && patterns.allSatisfy { $0.hasPrefix("sha256:") })
        // The list is imported again.
        _ = try await store.leads.add([CallList.lead(0)])
        let prospect = try #require(
            try await store.attempts.prospect(of: mine.lead.id, campaign: "c", at: CallList.later(3))
        )
        #expect(prospect.suppression?.reason == "erased")
        #expect(try await store.suppressions.matches(["+15559000000"], campaign: "x").count == 1)
        // The other lead is not touched.
        #expect(try await store.leads.list().count == 2)
    }

    @Test(arguments: TestEngine.allCases)
    func `an attempt ends although its lead is gone`(engine: TestEngine) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        let list = try await CallList(store, leads: 1)
        let claimed = try #require(try await list.claim().first)
        let other = try #require(try await store.leads.get(claimed.lead.id))
        #expect(other.state == .claimed)
        let ended = try await list.end(claimed.attempt.id)
        #expect(ended.attempt.state == .over && ended.lead.state == .closed)
        _ = try await store.leads.erase(number: claimed.attempt.number, at: CallList.start)
        let late = try await store.attempts.change(claimed.attempt.id) { attempt, lead throws(Refusal) in
            (attempt.answeredBy, lead.name) = ("fax", "Nobody")
            return []
        }
        #expect(late.attempt.answeredBy == "fax" && late.lead.reason == "erased")
        #expect(try await store.leads.list().isEmpty)
    }
}
