import Carrier
import Core
import JSONKit
import Store
import Testing

@testable import Campaigns

@Suite(.serialized) struct DiallerTests {
    /// Everybody is this persona.
    private static func practice(_ kind: Persona.Kind, _ change: (inout Practice) -> Void = { _ in }) -> Practice {
        var practice = Practice()
        practice.personas = [Persona("everybody", kind, weight: 1, rings: 3...4, stays: 10...12)]
        practice.numbers = [:]
        change(&practice)
        return practice
    }

    @Test func `a lead that is busy is called, noted, and called again after its wait`() async throws {
        let scene = try await DialScene(practice: Self.practice(.busy))
        let host = try scene.host()
        let isOver = try await scene.run(host) { try await scene.events(.attemptEnded).count == 1 }
        #expect(isOver)
        let attempt = try #require(try await scene.attempts().first)
        #expect(attempt.disposition == "busy" && attempt.state == .over && attempt.carrierCallID == "CA1")
        let lead = try #require(try await scene.leads().first)
        #expect(lead.state == .ready && lead.disposition == "busy" && lead.attempts == 1)
        #expect(lead.nextAt >= attempt.intendedAt + .seconds(15 * 60))
        let ended = try #require(try await scene.events(.attemptEnded).first)
        #expect(ended.data["disposition"] == "busy" && ended.data["person"] == false)
        #expect(try await scene.events(.attemptPlaced).map(\.key) == [attempt.id])
        #expect(try await scene.events(.leadUpdated).first?.data["disposition"] == "busy")
        _ = try await scene.run(host, minutes: 160, step: 20) { scene.line.figures.placed == 2 }
        let calls = scene.line.calls
        #expect(calls.count == 2 && calls[1].placedAt >= lead.nextAt)
    }

    @Test func `the intent is durable before the carrier hears of it`() async throws {
        let scene = try await DialScene(practice: Self.practice(.busy))
        let host = try scene.host()
        scene.line.die(.beforeTheCarrierHears)
        try await host.tick()
        while try await scene.attempts().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        #expect(try await scene.events(.attemptIntended).count == 1)
        #expect(scene.line.figures.placed == 0)
        #expect(try await scene.leads().first?.state == .claimed)
    }

    @Test func `a host that dies before the answer finds its call at the carrier, and calls nobody twice`() async throws
    {
        let scene = try await DialScene(practice: Self.practice(.busy))
        let dead = try scene.host()
        scene.line.die(.beforeTheAnswer)
        try await dead.tick()
        while scene.line.figures.placed == 0 { try await Task.sleep(for: .milliseconds(2)) }
        let next = try scene.host()
        let isOver = try await scene.run(next) { try await scene.events(.attemptEnded).count == 1 }
        #expect(isOver)
        #expect(scene.line.figures.placed == 1)
        let attempt = try #require(try await scene.attempts().first)
        #expect(attempt.carrierCallID == "CA1" && attempt.owner == "one#2")
        #expect(attempt.disposition == "busy" || attempt.disposition == "carrier_error")
    }

    @Test func `a host that dies before the carrier hears gives the lead back, and it is called once`() async throws {
        let scene = try await DialScene(practice: Self.practice(.busy))
        let dead = try scene.host()
        scene.line.die(.beforeTheCarrierHears)
        try await dead.tick()
        while try await scene.attempts().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        let next = try scene.host()
        try await scene.step(next)
        #expect(scene.line.asked == 1, "the carrier is asked before anything is dialled")
        #expect(scene.line.figures.placed == 0)
        let isBack = try await scene.run(next, minutes: 1) { try await scene.leads(.ready).count == 1 }
        #expect(isBack)
        // It was not called: it counts for nothing.
        #expect(try await scene.leads().first?.attempts == 0)
        let isCalled = try await scene.run(next, minutes: 3) { scene.line.figures.placed == 1 }
        #expect(isCalled)
        #expect(try await scene.attempts().map(\.state).filter(\.isLive).count <= 1)
    }

    @Test func `while the carrier cannot be asked, nobody is dialled on a doubt`() async throws {
        let scene = try await DialScene(practice: Self.practice(.busy))
        let dead = try scene.host()
        scene.line.die(.beforeTheAnswer)
        try await dead.tick()
        while scene.line.figures.placed == 0 { try await Task.sleep(for: .milliseconds(2)) }
        scene.line.goAway(true)
        let next = try scene.host()
        for _ in 0..<120 { try await scene.step(next, seconds: 5) }
        #expect(scene.line.figures.placed == 1 && scene.line.figures.overlapping == 0)
    }

    @Test func `answers that are lost are looked up, and no number is on the phone twice`() async throws {
        let practice = Self.practice(.ring) { ($0.faults.losesAnswer, $0.faults.failsBefore) = (0.5, 0.1) }
        let scene = try await DialScene(leads: 40, practice: practice) { $0.retries["no_answer"] = .never }
        let host = try scene.host()
        // The breaker is for another test.
        let isOver = try await scene.run(host, minutes: 60) {
            if try await scene.store.campaigns.get("spring")?.state == "paused" { try await scene.set("running") }
            return try await scene.leads(.closed).count == 40
        }
        #expect(isOver)
        #expect(scene.line.figures.placed == 40 && scene.line.figures.overlapping == 0)
        let isForgotten = try await scene.attempts().allSatisfy { !$0.state.isLive }
        #expect(isForgotten)
    }

    @Test func `two hosts share a campaign, and one takes over what the other leaves`() async throws {
        let scene = try await DialScene(leads: 4, practice: Self.practice(.ring)) { $0.pace.concurrent = 2 }
        let (one, two) = (try scene.host(isShared: true, "one"), try scene.host(isShared: true, "two"))
        for _ in 0..<8 { try await scene.step(one, two) }
        #expect(try await scene.store.attempts.countLive(campaign: "spring") == 2)
        let owners = try await scene.attempts().filter(\.state.isLive).map(\.owner)
        #expect(owners.allSatisfy { $0 == "one#1" || $0 == "two#2" })
        // Host one is not heard of any more.
        for _ in 0..<50 { try await scene.step(two, seconds: 1) }
        #expect(try await scene.attempts().filter(\.state.isLive).allSatisfy { $0.owner == "two#2" })
        #expect(scene.line.figures.overlapping == 0)
        #expect(scene.line.figures.mostLive <= 2)
    }

    @Test func `a living host's attempts are its own`() async throws {
        let scene = try await DialScene(leads: 2, practice: Self.practice(.talk) { _ in }) { $0.pace.concurrent = 2 }
        scene.line.change { $0.personas[0].stays = 300...300 }
        let (one, two) = (try scene.host(isShared: true, "one"), try scene.host(isShared: true, "two"))
        for _ in 0..<4 { try await scene.step(one) }
        for _ in 0..<60 { try await scene.step(one, two, seconds: 2) }
        #expect(try await scene.attempts().filter(\.state.isLive).allSatisfy { $0.owner == "one#1" })
    }

    @Test func `whoever asks is called by nobody any more, before the call is over`() async throws {
        let scene = try await DialScene(practice: Self.practice(.talk))
        let host = try scene.host()
        let isAnswered = try await scene.run(host) { try await scene.attempts().first?.state == .answered }
        #expect(isAnswered)
        let attempt = try #require(try await scene.attempts().first)
        try await scene.conversation(attempt, ["disposition": "do_not_call"])
        try await scene.step(host, seconds: 0)
        let found = try await scene.store.suppressions.matches([attempt.number], campaign: "any other")
        #expect(found[attempt.number]?.campaign == "")
        let isOver = try await scene.run(host) { try await scene.leads(.closed).count == 1 }
        #expect(isOver)
        #expect(try await scene.leads().first?.reason == "do_not_call")
        #expect(try await scene.events(.numberSuppressed).count == 1)
    }

    @Test func `whoever asks it in a call that came in is called by nobody any more either`() async throws {
        let scene = try await DialScene(practice: Self.practice(.busy))
        let number = DialScene.lead(0).number
        let data: JSON = ["direction": "inbound", "from": .string(number), "disposition": "do_not_call"]
        try await scene.store.log.append(Event(.callEnded, key: "call_1", data: data))
        let host = try scene.host()
        try await scene.step(host)
        #expect(try await scene.store.suppressions.matches([number], campaign: "spring")[number] != nil)
        _ = try await scene.run(host, minutes: 1) { scene.line.figures.placed > 0 }
        #expect(scene.line.figures.placed == 0)
    }

    @Test func `a host that takes no calls calls nobody`() async throws {
        let scene = try await DialScene(practice: Self.practice(.busy))
        let host = try scene.host(places: 0)
        _ = try await scene.run(host, minutes: 1) { scene.line.figures.placed > 0 }
        #expect(scene.line.figures.placed == 0)
        #expect(try await scene.leads(.ready).count == 1)
    }

    @Test func `a campaign that is deleted and put anew is dialled by its new document`() async throws {
        let scene = try await DialScene(leads: 2, practice: Self.practice(.busy)) { $0.pace.concurrent = 1 }
        let host = try scene.host()
        _ = try await scene.run(host) { scene.line.figures.placed == 1 }
        try await scene.set("completed")
        let isOver = try await scene.run(host) { try await !scene.attempts().contains(where: \.state.isLive) }
        #expect(isOver)
        _ = try await scene.store.campaigns.delete("spring")
        let before = scene.line.figures.placed
        _ = try await scene.run(host, minutes: 2) { scene.line.figures.placed > before }
        #expect(scene.line.figures.placed == before, "nobody is called for what is gone")
        var other = Campaign(name: "spring", agent: "a", callerIDs: ["+15005550199"], lists: ["l"])
        other.pace.callsPerSecond = 20
        try await scene.store.campaigns.add(
            CampaignRecord(name: "spring", state: "running", body: other.json, made: scene.now)
        )
        let isCalled = try await scene.run(host, minutes: 180, step: 20) { scene.line.figures.placed > before }
        #expect(isCalled)
        #expect(try await scene.attempts().first?.callerID == "+15005550199")
    }

    @Test func `somebody who asks to be called back is called then`() async throws {
        let scene = try await DialScene(practice: Self.practice(.talk))
        let host = try scene.host()
        _ = try await scene.run(host) { try await scene.attempts().first?.state == .answered }
        let attempt = try #require(try await scene.attempts().first)
        // By the clocks in New York: 16:30, two hours and a half later.
        try await scene.conversation(attempt, ["disposition": "callback", "slots": ["callback_time": "16:30"]])
        let isBack = try await scene.run(host) { try await scene.leads(.ready).count == 1 }
        #expect(isBack)
        let lead = try #require(try await scene.leads().first)
        let agreed = try #require(Timestamp(parsing: "2026-11-24T21:30:00Z"))
        #expect(lead.callbackAt == agreed && lead.nextAt == agreed)
        _ = try await scene.run(host, minutes: 180, step: 20) { scene.line.figures.placed == 2 }
        let placed = try #require(scene.line.calls.last?.placedAt)
        #expect(placed >= agreed && placed < agreed + .seconds(60))
    }

    @Test func `an hour that was agreed on is the campaign's where nobody knows a nearer zone`() async throws {
        // A number of all of Australia, whose zones are five.
        let scene = try await DialScene(leads: 0, practice: Self.practice(.talk)) {
            ($0.country, $0.fallbackZone) = ("AU", "Australia/Perth")
        }
        let number = "+61491570006"
        var lead = Lead(list: "l", number: number, made: DialScene.start)
        lead.consent = Consent(.written, at: DialScene.start, source: "form")
        try await scene.add([lead])
        let host = try scene.host()
        let isAnswered = try await scene.run(host, minutes: 1440, step: 20) {
            try await scene.attempts().first?.state == .answered
        }
        #expect(isAnswered)
        let attempt = try #require(try await scene.attempts().first)
        // The conversation tells before the carrier does.
        try await scene.conversation(attempt, ["disposition": "callback", "slots": ["callback_time": "16:30"]])
        _ = try await scene.run(host) { try await scene.leads(.ready).count == 1 }
        let agreed = try #require(try await scene.leads().first?.callbackAt)
        // 16:30 in Perth is 08:30 in UTC.
        #expect(agreed.description.hasSuffix("T08:30:00.000Z"), "\(agreed)")
    }

    @Test func `a person whom no agent greets was abandoned, and it is counted over a restart`() async throws {
        let scene = try await DialScene(leads: 3, practice: Self.practice(.talk)) { $0.pace.concurrent = 3 }
        let host = try scene.host()
        let isOver = try await scene.run(host) { try await scene.events(.attemptEnded).count == 3 }
        #expect(isOver)
        let ended = try await scene.events(.attemptEnded)
        #expect(ended.allSatisfy { $0.data["disposition"] == "abandoned" && $0.data["abandoned"] == true })
        try await host.keepFigures()
        let kept = try #require(try await scene.store.campaigns.get("spring")?.figures)
        let drops = DropBudget(kept["drops"] ?? [:])
        #expect(drops.share(at: scene.now) == 1)
        // Counted on from where it was kept, not twice.
        let next = try scene.host()
        try await scene.step(next)
        try await next.keepFigures()
        #expect(try await scene.store.campaigns.get("spring")?.figures == kept)
    }

    @Test func `a pause lets calls finish and begins none`() async throws {
        let scene = try await DialScene(leads: 20, practice: Self.practice(.ring))
        let host = try scene.host()
        for _ in 0..<6 { try await scene.step(host) }
        try await scene.set("paused")
        try await scene.step(host)
        let placed = scene.line.figures.placed
        for _ in 0..<60 { try await scene.step(host, seconds: 1) }
        #expect(scene.line.figures.placed == placed && scene.line.figures.live == 0)
        #expect(try await scene.events(.attemptEnded).allSatisfy { $0.data["disposition"] == "no_answer" })
    }

    @Test func `calls that wait at the carrier when their window ends are called off`() async throws {
        let practice = Self.practice(.ring) { $0.limits.concurrentCalls = 1 }
        let scene = try await DialScene(leads: 3, practice: practice) { campaign in
            // Until 14:02; a call rings 25 s at the most, and must have ended by then.
            campaign.windows = [CallingWindow(from: 9 * 60, until: 14 * 60 + 2)]
            campaign.pace.concurrent = 3
        }
        let host = try scene.host()
        for _ in 0..<140 { try await scene.step(host, seconds: 1) }
        let end = DialScene.start + .seconds(120)
        for call in scene.line.calls {
            if let ringing = call.ringingAt { #expect(ringing + .seconds(25) <= end) }
            #expect(call.status.isFinal)
        }
        #expect(try await scene.leads().allSatisfy { $0.state == .ready && $0.nextAt > end })
    }

    @Test func `a carrier that fails every other call pauses the campaign with the reason`() async throws {
        let practice = Self.practice(.ring) { $0.faults.isCongested = 0.6 }
        let scene = try await DialScene(leads: 90, practice: practice)
        let host = try scene.host()
        let isPaused = try await scene.run(host, minutes: 20) {
            try await scene.store.campaigns.get("spring")?.state == "paused"
        }
        #expect(isPaused)
        let reason = try #require(try await scene.store.campaigns.get("spring")?.reason)
        #expect(reason.hasSuffix("of the last 50 calls failed by the carrier's fault"))
    }

    @Test func `a carrier that takes no more is not pressed, and nothing is lost`() async throws {
        let practice = Self.practice(.busy) { practice in
            (practice.limits.callsPerSecond, practice.limits.queuesExcess) = (1, false)
        }
        let scene = try await DialScene(leads: 30, practice: practice) { $0.retries["busy"] = .never }
        let host = try scene.host()
        let isOver = try await scene.run(host, minutes: 30, step: 0.25) { try await scene.leads(.closed).count == 30 }
        #expect(isOver)
        #expect(scene.line.figures.placed == 30)
        // At twenty calls a second there would be hundreds.
        #expect(scene.line.figures.refused < 60)
    }

    @Test func `a number that the carrier bars costs its lead and not the campaign, unless many are`() async throws {
        let scene = try await DialScene(leads: 40, practice: Self.practice(.busy)) {
            ($0.retries["busy"], $0.retries["carrier_error"]) = (.never, .never)
        }
        scene.line.bar([DialScene.lead(3).number])
        let host = try scene.host()
        let isOver = try await scene.run(host) { try await scene.leads(.closed).count == 40 }
        #expect(isOver && scene.line.figures.placed == 39)
        #expect(try await scene.store.campaigns.get("spring")?.state == "running")
        let barred = try await scene.attempts().filter { $0.disposition == "carrier_error" }
        #expect(barred.map(\.number) == [DialScene.lead(3).number] && barred[0].reason == "its country is barred")

        let more = (100..<160).map(DialScene.lead)
        scene.line.bar(Set(more.map(\.number)))
        try await scene.add(more)
        let isPaused = try await scene.run(host) { try await scene.store.campaigns.get("spring")?.state == "paused" }
        #expect(isPaused && scene.line.figures.placed == 39)
    }

    @Test func `an attempt that has waited is placed only while it is still this host's`() async throws {
        let practice = Self.practice(.busy) { practice in
            (practice.limits.callsPerSecond, practice.limits.queuesExcess) = (1, false)
        }
        let scene = try await DialScene(leads: 2, practice: practice) { $0.retries["busy"] = .never }
        let host = try scene.host()
        let waits = try await scene.run(host, step: 0.25) { scene.line.figures.refused > 0 }
        #expect(waits && scene.line.figures.placed == 1)
        let waiting = try #require(try await scene.attempts().first { $0.state == .intended })
        try await scene.store.attempts.change(waiting.id) { attempt, _ in
            attempt.owner = "two#9"
            return []
        }
        for _ in 0..<32 { try await scene.step(host) }
        #expect(scene.line.figures.placed == 1)
    }

    @Test func `a host that ends waits for whoever it rings, and for nobody else`() async throws {
        let scene = try await DialScene(practice: Self.practice(.talk))
        let host = try scene.host()
        let rings = try await scene.run(host, step: 0.25) { scene.line.figures.placed == 1 }
        #expect(rings)
        let start = Moment.now()
        await host.letRingOut(within: .milliseconds(300))
        #expect(Moment.now() - start >= .milliseconds(300))
        let isAnswered = try await scene.run(host) { try await scene.attempts().first?.state == .answered }
        #expect(isAnswered)
        try await scene.step(host)
        let answered = Moment.now()
        await host.letRingOut(within: .seconds(30))
        #expect(Moment.now() - answered < .seconds(10))
    }

    @Test func `a lead's new score orders it anew, and is told once`() async throws {
        let scene = try await DialScene(practice: Self.practice(.busy)) { $0.pace.concurrent = 0 + 1 }
        let lead = try #require(try await scene.leads().first)
        let scored = Event(.leadScored, key: lead.id, data: ["score": 71, "stage": "hot"], at: scene.now)
        for _ in 0..<2 { try await scene.store.log.append(Event(.leadScored, key: lead.id, data: scored.data)) }
        try await scene.set("paused")
        try await scene.step()
        let after = try #require(try await scene.leads().first)
        #expect(after.score == 71 && after.stage == "hot")
        let told = try await scene.events(.leadUpdated)
        #expect(told.count == 1 && told[0].data["score"] == 71 && told[0].data["stage"] == "hot")
    }
}

extension RetryRule {
    /// Once is enough.
    fileprivate static var never: RetryRule { RetryRule(waits: [], maximum: 1) }
}
