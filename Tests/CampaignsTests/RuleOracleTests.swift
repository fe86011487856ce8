import Core
import Glibc
import JSONKit
import Store
import Testing

@testable import Campaigns

/// The rule book against `SlowOracle`, on random rules, leads, histories and moments, half of them near turned clocks.
struct RuleOracleTests {
    /// Everything that one case is about.
    private struct Case {
        var rules: [RandomRules]
        var prospect: Prospect
        var campaign: Campaign
        var at: Timestamp
    }

    private static let zones = [
        "America/New_York", "Europe/Berlin", "Europe/Dublin", "Australia/Lord_Howe", "Australia/Adelaide",
        "Asia/Kathmandu",
        "Asia/Kolkata", "America/St_Johns", "Pacific/Chatham", "Africa/Casablanca", "America/Santiago",
        "America/Asuncion",
        "Asia/Tehran", "Africa/Cairo", "Antarctica/Troll", "America/Havana", "Pacific/Apia", "Asia/Beirut", "UTC",
    ]
    private static let numbers = [
        "+12122345678", "+13052345678", "+18502345678", "+16057772345", "+19022345678", "+17092345678", "+18002345678",
        "+19072345678", "+17872345678", "+49302345678", "+442079461234", "+33142685300", "+61412345678", "+61892345678",
        "+6421123456",
        "+99912345678", "+393312345678", "+74951234567",
    ]
    private static let regions = [
        "US-FL", "US-TN", "US-SD", "US-IN", "US-HI", "US-NY", "CA-NL", "CA-NS", "DE-BY", "DE-HH", "AU-WA",
    ]

    private static func numberFacts() throws -> JSON {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(path)/dialing-rules/numbers.json", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return try JSON(parsing: String(decoding: bytes[0..<count], as: UTF8.self))
    }

    // MARK: Drawing

    private static func draw(_ dice: inout Dice) throws -> Case {
        var rules = [
            RandomRules("US", regions: ["US-FL", "US-TN", "US-SD", "US-NY", "US-HI"], &dice),
            RandomRules("DE", regions: ["DE-BY", "DE-HH"], &dice),
            RandomRules("CA", regions: ["CA-NS", "CA-PE", "CA-NL"], &dice),
        ]
        if dice.percent(70) { rules.append(RandomRules("*", regions: [], &dice)) }
        var campaign = Campaign(name: "spring", agent: "a", callerIDs: [], lists: [])
        campaign.rings = Int64(dice.roll(15...120))
        campaign.country = dice.pick(["", "US", "CA", "DE"])
        if dice.percent(30) { campaign.fallbackZone = dice.pick(zones) }
        for _ in 0..<(dice.percent(50) ? 0 : dice.roll(1...2)) {
            let from = dice.roll(0...1300)
            let days = Set((0...6).filter { _ in dice.percent(80) })
            campaign.windows.append(CallingWindow(weekdays: days, from: from, until: dice.roll(from + 1...1440)))
        }
        campaign.consent = dice.pick(ConsentNeed.allCases)
        (campaign.caps.perLead, campaign.caps.gap) = (dice.roll(1...8), dice.pick([0, 10, 120, 600]))
        (campaign.caps.perLeadAndDay, campaign.caps.perNumberAndDay) = (dice.roll(1...4), dice.roll(1...4))
        let number = dice.pick(numbers)
        let zone = dice.percent(50) ? dice.pick(zones) : ""
        let at = try moment(zone.isEmpty ? dice.pick(zones) : zone, &dice)
        var lead = Lead(list: "list", number: number, made: at)
        lead.zone = zone
        if dice.percent(40) { lead.region = dice.pick(regions) }
        func near(_ hours: Int) -> Timestamp {
            Timestamp(unixMilliseconds: at.unixMilliseconds + Int64(dice.roll(-hours * 3_600_000...hours * 3_600_000)))
        }
        lead.nextAt = near(2)
        if dice.percent(30) { lead.callbackAt = near(2) }
        if dice.percent(80) { lead.consent = Consent(dice.pick([.express, .written]), at: near(48), source: "form") }
        lead.state = dice.percent(90) ? .ready : dice.pick([.claimed, .closed])
        lead.attempts = Int64(dice.roll(0...4))
        lead.disposition = dice.pick(["", "busy", "no_answer", "invalid", "sale"])
        var prospect = Prospect(lead: lead, number: number)
        prospect.attempts = (0..<dice.roll(0...4)).map { _ in past(at, 60, &dice) }.sorted()
        prospect.numberAttempts =
            ((0..<dice.roll(0...3)).map { _ in past(at, 48, &dice) } + prospect.attempts.suffix(1)).sorted()
        prospect.lead.lastAttemptAt = prospect.attempts.last
        prospect.isLive = dice.percent(10)
        if dice.percent(20) {
            let name = dice.pick(["", "spring", "autumn"])
            prospect.suppression = Suppression(campaign: name, pattern: number, reason: "asked", made: at)
        }
        return Case(rules: rules, prospect: prospect, campaign: campaign, at: at)
    }

    private static func past(_ at: Timestamp, _ hours: Int, _ dice: inout Dice) -> Timestamp {
        Timestamp(unixMilliseconds: at.unixMilliseconds - Int64(dice.roll(0...hours * 3_600_000)))
    }

    /// Somewhere between 2021 and 2035; half the time within 36 hours of a moment at which a zone's clocks are turned.
    private static func moment(_ name: String, _ dice: inout Dice) throws -> Timestamp {
        let hour: Int64 = 3_600_000
        var at = Timestamp(unixMilliseconds: 1_609_459_200_000 + Int64(dice.roll(0...14 * 365 * 24)) * hour)
        if dice.percent(50) {
            let zone = try #require(Zone(named: name))
            for _ in 0..<9000 {
                let next = Timestamp(unixMilliseconds: at.unixMilliseconds + hour)
                if zone.offset(at: next) != zone.offset(at: at) { break }
                at = next
            }
            at = Timestamp(unixMilliseconds: at.unixMilliseconds + Int64(dice.roll(-36...36)) * hour)
        }
        return Timestamp(unixMilliseconds: at.unixMilliseconds + Int64(dice.roll(0...3_599_999)))
    }

    // MARK: Judging

    /// Zones, laws and whether 10:00 to 18:00 holds; nil: nobody knows.
    private func place(_ oracle: SlowOracle, _ item: Case) -> (
        zones: [String], parts: [RandomRules.Part], isGuess: Bool
    )? {
        let lead = item.prospect.lead
        guard var owner = oracle.owner(item.prospect.number) else { return nil }
        if owner.country.isEmpty, ["US", "CA"].contains(item.campaign.country) {
            owner.country = item.campaign.country
        }
        var parts: [RandomRules.Part] = []
        if lead.region.isEmpty {
            guard !owner.country.isEmpty, let there = oracle.parts(owner.country, owner.regions) else { return nil }
            parts = there
        } else {
            let country = String(lead.region.prefix(2))
            guard let there = oracle.parts(country, [lead.region]) else { return nil }
            parts = there
            if !owner.country.isEmpty, owner.country != country {
                parts += oracle.parts(owner.country, owner.regions) ?? []
            }
        }
        if !lead.zone.isEmpty { return ([lead.zone], parts, false) }
        let ofRegion = lead.region.isEmpty ? [] : oracle.zones(of: lead.region)
        if !ofRegion.isEmpty { return (ofRegion, parts, false) }
        if let zones = oracle.zonesOfPrefix(item.prospect.number) { return (zones, parts, false) }
        if !item.campaign.fallbackZone.isEmpty { return ([item.campaign.fallbackZone], parts, false) }
        guard !owner.country.isEmpty else { return nil }
        let all = oracle.zones(of: owner.country)
        return all.isEmpty ? nil : (all, parts, all.count > 1)
    }

    private func compareHours(
        _ oracle: SlowOracle,
        _ book: RuleBook,
        _ item: Case,
        _ decision: Decision,
        _ seed: UInt64
    ) throws {
        let window = try #require(decision.verdicts.first { $0.rule == "window" })
        let holiday = try #require(decision.verdicts.first { $0.rule == "holiday" })
        guard let place = place(oracle, item) else {
            #expect(!window.isAllowed && !holiday.isAllowed && window.until == nil, "seed \(seed)")
            return
        }
        let zones = try place.zones.map { try #require(Zone(named: $0)) }
        let own = item.campaign.windows.map {
            RandomRules.Window(days: Array($0.weekdays), from: $0.from, until: $0.until)
        }
        func walls(_ at: Timestamp) -> [SlowOracle.Wall] { zones.map { oracle.wall(at, $0) } }
        func isOpen(_ at: Timestamp) -> Bool {
            walls(at).allSatisfy { wall in
                if place.isGuess, wall.minute < 600 || wall.minute >= 1080 { return false }
                return oracle.isOpen(wall, own) && place.parts.allSatisfy { oracle.isOpen(wall, $0.windows) }
            }
        }
        func isHoliday(_ at: Timestamp) -> Bool {
            walls(at).contains { wall in place.parts.contains { $0.closed.contains { oracle.isClosed(wall, $0) } } }
        }
        let need = item.campaign.rings * 1000 + 30_000
        /// It may ring from this moment on: every minute of it is looked at.
        func isFree(_ at: Timestamp) -> Bool {
            var next = at
            while next.unixMilliseconds < at.unixMilliseconds + need {
                guard isOpen(next), !isHoliday(next) else { return false }
                next = Timestamp(unixMilliseconds: (next.unixMilliseconds / 60_000 + 1) * 60_000)
            }
            return true
        }
        let (open, closed, free) = (isOpen(item.at), isHoliday(item.at), isFree(item.at))
        #expect(holiday.isAllowed == !closed, "seed \(seed)")
        #expect((window.isAllowed && holiday.isAllowed) == free, "seed \(seed)")
        if !open { #expect(!window.isAllowed, "seed \(seed)") }
        #expect((book.latestStart(item.prospect, item.campaign, at: item.at) != nil) == free, "seed \(seed)")
        guard !free else { return }
        var next = item.at
        let limit = item.at.unixMilliseconds + 5 * 86_400_000
        repeat {
            next = Timestamp(unixMilliseconds: (next.unixMilliseconds / 60_000 + 1) * 60_000)
        } while next.unixMilliseconds < limit && !isFree(next)
        let until = window.until ?? holiday.until
        if next.unixMilliseconds < limit {
            #expect(until == next, "seed \(seed)")
        } else if let until {
            #expect(until >= next && isFree(until), "seed \(seed)")
        }
    }

    private func compareCap(
        _ verdict: Decision.Verdict,
        _ attempts: [Timestamp],
        _ cap: Int,
        _ hours: Int,
        _ at: Timestamp
    ) -> Bool {
        func isAllowed(_ moment: Timestamp) -> Bool {
            attempts.count { moment.unixMilliseconds - $0.unixMilliseconds < Int64(hours) * 3_600_000 } < cap
        }
        guard verdict.isAllowed == isAllowed(at) else { return false }
        if verdict.isAllowed { return true }
        // Of all moments at which an attempt grows old, the first one that is enough.
        let ends = attempts.map { Timestamp(unixMilliseconds: $0.unixMilliseconds + Int64(hours) * 3_600_000) }
        return verdict.until == ends.filter { $0 > at && isAllowed($0) }.min()
    }

    private func compareRest(_ item: Case, _ decision: Decision, _ seed: UInt64) throws {
        func verdict(_ rule: String) throws -> Decision.Verdict {
            try #require(decision.verdicts.first { $0.rule == rule })
        }
        let (lead, campaign, at) = (item.prospect.lead, item.campaign, item.at)
        #expect(try verdict("state").isAllowed == (lead.state == .ready), "seed \(seed)")
        #expect(try verdict("due").isAllowed == (lead.nextAt <= at), "seed \(seed)")
        #expect(try verdict("callback").isAllowed == (lead.callbackAt.map { $0 <= at } ?? true), "seed \(seed)")
        let consents: [ConsentNeed: Bool] = [
            .none: true, .express: lead.consent.map { $0.at <= at } ?? false,
            .written: lead.consent.map { $0.at <= at && $0.kind == .written } ?? false,
        ]
        #expect(try verdict("consent").isAllowed == consents[campaign.consent], "seed \(seed)")
        let isListed = item.prospect.suppression.map { $0.campaign != "autumn" } ?? false
        #expect(try verdict("suppressed").isAllowed == !isListed, "seed \(seed)")
        #expect(try verdict("live").isAllowed == !item.prospect.isLive, "seed \(seed)")
        let total = max(lead.attempts, Int64(item.prospect.attempts.count))
        #expect(try verdict("cap.lead").isAllowed == (total < campaign.caps.perLead), "seed \(seed)")
        #expect(
            try compareCap(verdict("cap.lead_day"), item.prospect.attempts, campaign.caps.perLeadAndDay, 24, at),
            "seed \(seed)"
        )
        #expect(
            try compareCap(
                verdict("cap.number_day"),
                item.prospect.numberAttempts,
                campaign.caps.perNumberAndDay,
                24,
                at
            ),
            "seed \(seed)"
        )
        let gap = campaign.caps.gap
        let last = item.prospect.attempts.last
        let isAgreed = lead.callbackAt.map { agreed in last.map { agreed > $0 } ?? true } ?? false
        let isFar = last.map { at.unixMilliseconds - $0.unixMilliseconds >= Int64(gap) * 60_000 } ?? true
        #expect(try verdict("gap").isAllowed == (isFar || isAgreed), "seed \(seed)")
    }

    private func compareRegionCap(_ oracle: SlowOracle, _ item: Case, _ decision: Decision, _ seed: UInt64) throws {
        guard let place = place(oracle, item) else { return }
        let verdict = try #require(decision.verdicts.first { $0.rule == "cap.region_day" })
        let attempts = Array(Set(item.prospect.attempts + item.prospect.numberAttempts))
        let caps = place.parts.compactMap(\.cap)
        func isAllowed(_ moment: Timestamp) -> Bool {
            caps.allSatisfy { cap in
                attempts.count { moment.unixMilliseconds - $0.unixMilliseconds < Int64(cap.hours) * 3_600_000 }
                    < cap.attempts
            }
        }
        #expect(verdict.isAllowed == isAllowed(item.at), "seed \(seed)")
        guard !verdict.isAllowed else { return }
        let ends = caps.flatMap { cap in
            attempts.map { Timestamp(unixMilliseconds: $0.unixMilliseconds + Int64(cap.hours) * 3_600_000) }
        }
        #expect(verdict.until == ends.filter { $0 > item.at && isAllowed($0) }.min(), "seed \(seed)")
    }

    @Test func `decisions are those of an oracle that looks at every minute, by random rules and histories`() throws {
        let first = UInt64(getenv("RULES_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1)
        let count = UInt64(getenv("RULES_CASES").flatMap { UInt64(String(cString: $0)) } ?? 100)
        print("seeds \(first) to \(first + count - 1); RULES_SEED and RULES_CASES choose others")
        var oracle = SlowOracle(numbers: try Self.numberFacts())
        var (allowed, read) = (0, 0)
        for seed in first..<first + count {
            var dice = Dice(seed)
            let item = try Self.draw(&dice)
            let files = item.rules.map { RuleFile(name: "\($0.country).json", bytes: Array($0.text.utf8)) }
            let book: RuleBook
            do { book = try RuleBook(files) } catch {
                // Random windows of a region need not meet the country's.
                #expect(error.problem.contains("never open"), "seed \(seed): \(error)")
                continue
            }
            read += 1
            oracle.rules = Dictionary(uniqueKeysWithValues: item.rules.map { ($0.country, $0) })
            let decision = book.decide(item.prospect, item.campaign, at: item.at)
            if decision.verdicts.first(where: { $0.rule == "window" })?.isAllowed == true { allowed += 1 }
            try compareHours(oracle, book, item, decision, seed)
            try compareRest(item, decision, seed)
            try compareRegionCap(oracle, item, decision, seed)
        }
        print("\(read) of \(count) rule sets read, \(allowed) windows open")
        #expect(read > count / 2 && allowed > count / 50)
    }
}
