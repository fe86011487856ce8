import Campaigns
import Core
import JSONKit
import Store
import Testing

/// Each rule by itself, by the rules that are shipped.
struct RuleBookTests {
    private let book: RuleBook

    private static let shipped = Result { try RuleBook.shipped() }

    init() throws { book = try Self.shipped.get() }

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(parsing: text)) }

    /// A lead in New York on a Wednesday, allowed by every rule at noon.
    private func prospect(_ number: String = "+12122345678") throws -> Prospect {
        var lead = Lead(list: "list", number: number, made: try time("2026-01-01T00:00:00Z"))
        lead.consent = Consent(.written, at: try time("2026-01-01T00:00:00Z"), source: "form 7")
        return Prospect(lead: lead, number: number)
    }

    private let campaign = Campaign(name: "spring", agent: "sales", callerIDs: ["+12025550000"], lists: ["list"])

    private func verdict(_ rule: String, _ decision: Decision) throws -> Decision.Verdict {
        try #require(decision.verdicts.first { $0.rule == rule })
    }

    private let noon = "2026-11-25T17:00:00Z"

    @Test func `every rule is asked in a fixed order, whatever the others say`() throws {
        let decision = book.decide(try prospect(), campaign, at: try time(noon))
        #expect(
            decision.verdicts.map(\.rule) == [
                "state", "due", "callback", "consent", "suppressed", "live", "window", "holiday", "cap.lead",
                "cap.lead_day", "cap.number_day", "cap.region_day", "gap",
            ]
        )
        #expect(decision.isAllowed, "\(decision.json)")
        #expect(decision.rules == "US-NY 2026-11-25")
        var bad = try prospect()
        bad.lead.state = .closed
        bad.lead.zone = "Atlantis/Deep"
        #expect(book.decide(bad, campaign, at: try time(noon)).verdicts.count == 13)
    }

    // MARK: The lead

    @Test func `a lead that is closed or being called is not called`() throws {
        for state in [Lead.State.closed, .claimed] {
            var prospect = try prospect()
            prospect.lead.state = state
            let decision = book.decide(prospect, campaign, at: try time(noon))
            #expect(decision.obstacle?.rule == "state")
            #expect(decision.next == nil)
        }
    }

    @Test func `a lead is not called before it is due, nor before the callback that was agreed`() throws {
        var prospect = try prospect()
        prospect.lead.nextAt = try time("2026-11-25T18:00:00Z")
        prospect.lead.callbackAt = try time("2026-11-25T19:00:00Z")
        let decision = book.decide(prospect, campaign, at: try time(noon))
        #expect(try verdict("due", decision).until == prospect.lead.nextAt)
        #expect(try verdict("callback", decision).until == prospect.lead.callbackAt)
        #expect(decision.next == prospect.lead.callbackAt)
        #expect(book.decide(prospect, campaign, at: try time("2026-11-25T19:00:00Z")).isAllowed)
    }

    @Test func `consent must be on record in the form that the campaign needs, and not of tomorrow`() throws {
        var prospect = try prospect()
        var campaign = campaign
        func isAllowed() throws -> Bool { book.decide(prospect, campaign, at: try time(noon)).isAllowed }
        prospect.lead.consent = Consent(.express, at: try time("2026-01-01T00:00:00Z"), source: "call")
        #expect(try !isAllowed())
        campaign.consent = .express
        #expect(try isAllowed())
        prospect.lead.consent = nil
        #expect(try !isAllowed())
        campaign.consent = .none
        #expect(try isAllowed())
        campaign.consent = .written
        prospect.lead.consent = Consent(.written, at: try time("2026-11-26T00:00:00Z"), source: "form")
        let decision = book.decide(prospect, campaign, at: try time(noon))
        #expect(try verdict("consent", decision).until == time("2026-11-26T00:00:00Z"))
    }

    @Test func `a number on a list of all campaigns or of this one is not called, on another's it is`() throws {
        var prospect = try prospect()
        for (name, isAllowed) in [("", false), ("spring", false), ("autumn", true)] {
            prospect.suppression = Suppression(
                campaign: name,
                pattern: "+1212*",
                reason: "asked",
                made: try time("2026-01-01T00:00:00Z")
            )
            let decision = book.decide(prospect, campaign, at: try time(noon))
            #expect(try verdict("suppressed", decision).isAllowed == isAllowed)
            #expect(try verdict("suppressed", decision).until == nil)
        }
    }

    @Test func `a number that is on the phone is not called`() throws {
        var prospect = try prospect()
        prospect.isLive = true
        #expect(book.decide(prospect, campaign, at: try time(noon)).obstacle?.rule == "live")
    }

    // MARK: Windows

    @Test(arguments: [
        ("+12122345678", "2026-11-25T12:59:59Z", false), ("+12122345678", "2026-11-25T13:00:00Z", true),
        ("+12122345678", "2026-11-26T01:59:00Z", true), ("+12122345678", "2026-11-26T01:59:10Z", false),
        ("+12122345678", "2026-11-26T02:00:00Z", false),
        // Florida until 20:00, and in both its zones where only the region is known.
        ("+13052345678", "2026-11-26T00:30:00Z", true), ("+13052345678", "2026-11-26T01:00:00Z", false),
        ("+18502345678", "2026-11-25T13:30:00Z", false),
        // Alabama has no Sundays, New York does.
        ("+12052345678", "2026-11-29T18:00:00Z", false), ("+12122345678", "2026-11-29T18:00:00Z", true),
        // Germany on a Saturday evening, Paris at lunch, London on a Sunday.
        ("+49302345678", "2026-11-28T16:30:00Z", true), ("+49302345678", "2026-11-28T17:30:00Z", false),
        ("+33142685300", "2026-11-25T11:30:00Z", true), ("+33142685300", "2026-11-25T12:30:00Z", false),
        ("+442079461234", "2026-11-29T12:00:00Z", false), ("+442079461234", "2026-11-27T20:30:00Z", true),
        // Ontario on a weekend.
        ("+14169671111", "2026-11-28T22:30:00Z", true), ("+14169671111", "2026-11-28T23:30:00Z", false),
    ])
    func `the window is the law's at the place of the one who is called`(number: String, at: String, isOpen: Bool)
        throws
    {
        let decision = book.decide(try prospect(number), campaign, at: try time(at))
        #expect(try verdict("window", decision).isAllowed == isOpen, "\(decision.json)")
    }

    @Test func `a window heals at the very minute at which it opens, also when clocks are turned that night`() throws {
        let before = book.decide(try prospect(), campaign, at: try time("2026-03-08T04:30:00Z"))
        #expect(try verdict("window", before).until == time("2026-03-08T12:00:00Z"))
        let autumn = book.decide(try prospect(), campaign, at: try time("2026-11-01T03:30:00Z"))
        #expect(try verdict("window", autumn).until == time("2026-11-01T13:00:00Z"))
    }

    @Test func `of several zones all must be open`() throws {
        // Chattanooga's and Memphis' state, by the lead's region: New York 8:00 is Chicago 7:00.
        var prospect = try prospect("+12122345678")
        prospect.lead.region = "US-TN"
        let decision = book.decide(prospect, campaign, at: try time("2026-11-25T13:30:00Z"))
        #expect(try verdict("window", decision).until == time("2026-11-25T14:00:00Z"))
    }

    @Test func `the lead's zone goes before its region, and that before the number and the campaign's fallback`() throws
    {
        var prospect = try prospect("+61412345678")
        var campaign = campaign
        func window(_ at: String) throws -> Decision.Verdict {
            try verdict("window", book.decide(prospect, campaign, at: time(at)))
        }
        // Nobody knows where in Australia a mobile number is: 10:00 to 18:00 from Cocos to Lord Howe.
        #expect(try window("2026-11-25T06:30:00Z").isAllowed)
        #expect(try window("2026-11-25T07:30:00Z").until == time("2026-11-26T03:30:00Z"))
        campaign.fallbackZone = "Australia/Perth"
        #expect(try window("2026-11-25T09:30:00Z").isAllowed)
        prospect.lead.zone = "Australia/Lord_Howe"
        #expect(try !window("2026-11-25T09:30:00Z").isAllowed)
        #expect(try window("2026-11-24T23:30:00Z").isAllowed)
    }

    @Test func `who cannot be placed is not called, and the reason says what to do`() throws {
        func reason(_ set: (inout Prospect) -> Void, number: String = "+12122345678") throws -> String {
            var prospect = try prospect(number)
            set(&prospect)
            let decision = book.decide(prospect, campaign, at: try time(noon))
            #expect(try verdict("window", decision).until == nil && !decision.isAllowed)
            #expect(try !verdict("holiday", decision).isAllowed)
            return try verdict("window", decision).reason
        }
        #expect(try reason { $0.lead.zone = "America/Atlantis" }.contains("use one such as"))
        #expect(try reason { $0.lead.region = "US-ZZ" }.contains("use ISO 3166-2"))
        #expect(try reason { $0.lead.region = "Florida" }.contains("use ISO 3166-2"))
        #expect(try reason({ _ in }, number: "+18002345678").contains("there are no rules for the number's country"))
        #expect(try reason({ _ in }, number: "+99912345678").contains("belongs to no country"))
    }

    @Test func `a toll-free number is called by the campaign's country, where all zones and all regions allow it`()
        throws
    {
        var campaign = campaign
        campaign.country = "US"
        let prospect = try prospect("+18002345678")
        let decision = book.decide(prospect, campaign, at: try time("2026-11-24T20:30:00Z"))
        #expect(try verdict("window", decision).isAllowed, "\(decision.json)")
        let early = book.decide(prospect, campaign, at: try time("2026-11-24T17:00:00Z"))
        #expect(try verdict("window", early).until == time("2026-11-24T20:00:00Z"))
    }

    @Test func `the campaign's windows are added to the law's`() throws {
        var campaign = campaign
        campaign.windows = [
            CallingWindow(weekdays: [3], from: 600, until: 1439), CallingWindow(weekdays: [5], from: 0, until: 1440),
        ]
        let decision = book.decide(try prospect(), campaign, at: try time("2026-11-25T14:30:00Z"))
        #expect(try verdict("window", decision).until == time("2026-11-25T15:00:00Z"))
        let late = book.decide(try prospect(), campaign, at: try time("2026-11-26T02:30:00Z"))
        #expect(try verdict("window", late).until == time("2026-11-27T13:00:00Z"))
        campaign.windows = [CallingWindow(from: 60, until: 120)]
        let never = book.decide(try prospect(), campaign, at: try time(noon))
        #expect(try verdict("window", never).reason.contains("never opens"))
        #expect(never.next == nil)
    }

    @Test func `the latest start leaves time to ring and a margin before the window ends`() throws {
        var campaign = campaign
        campaign.rings = 40
        let prospect = try prospect()
        #expect(book.latestStart(prospect, campaign, at: try time(noon)) == (try time("2026-11-26T01:58:50Z")))
        #expect(book.decide(prospect, campaign, at: try time("2026-11-26T01:58:50Z")).isAllowed)
        let late = book.decide(prospect, campaign, at: try time("2026-11-26T01:58:50.001Z"))
        #expect(try verdict("window", late).reason.contains("closes before it has rung"))
        #expect(book.latestStart(prospect, campaign, at: try time("2026-11-26T01:58:50.001Z")) == nil)
        #expect(book.latestStart(prospect, campaign, at: try time("2026-11-26T05:00:00Z")) == nil)
    }

    // MARK: Holidays

    @Test(arguments: [
        ("US-AL", "2026-11-26", "thanksgiving"), ("US-NY", "2026-11-26", ""),
        ("US-LA", "2026-11-27", "day_after_thanksgiving"),
        ("US-LA", "2026-11-03", "election_day"), ("US-LA", "2026-02-17", "mardi_gras"),
        ("US-LA", "2026-04-03", "good_friday"),
        // The Fourth of 2026 is a Saturday: the Friday before is kept too.
        ("US-UT", "2026-07-03", "independence_day"), ("US-UT", "2026-07-24", "pioneer_day"),
        ("US-MS", "2026-04-27", "confederate_memorial_day_last"),
        ("US-PA", "2026-05-25", "memorial_day"), ("DE-BY", "2026-06-04", "fronleichnam"), ("DE-HH", "2026-06-04", ""),
        ("DE-SN", "2026-11-18", "busstag"), ("GB-SCT", "2026-01-02", "second_january"),
        ("GB-ENG", "2027-12-27", "christmas"),
        ("CA-BC", "2026-05-18", "victoria_day"), ("CA-ON", "2026-05-18", ""), ("FR-IDF", "2026-05-14", "ascension"),
    ])
    func `holidays are those of the region in that year`(region: String, day: String, holiday: String) throws {
        let numbers = [
            "US": "+12122345678", "DE": "+49302345678", "GB": "+442079461234", "CA": "+14169671111",
            "FR": "+33142685300",
        ]
        let country = String(region.prefix(2))
        var prospect = try prospect(#require(numbers[country]))
        prospect.lead.region = region
        let decision = book.decide(
            prospect,
            campaign,
            at: try time("\(day)T\(country == "US" || country == "CA" ? "20" : "11"):00:00Z")
        )
        let verdict = try verdict("holiday", decision)
        #expect(verdict.isAllowed == holiday.isEmpty, "\(decision.json)")
        if !holiday.isEmpty { #expect(verdict.reason == holiday) }
    }

    @Test func `a holiday heals when the window opens behind it and behind the Sunday that follows`() throws {
        var prospect = try prospect()
        prospect.lead.region = "US-UT"
        prospect.lead.zone = "America/Denver"
        let decision = book.decide(prospect, campaign, at: try time("2026-07-03T20:00:00Z"))
        // Friday the 3rd is kept for Saturday the 4th, and Sundays are closed.
        #expect(try verdict("holiday", decision).until == time("2026-07-06T14:00:00Z"))
    }

    @Test func `where the German state is unknown, every state's holidays are kept`() throws {
        let decision = book.decide(try prospect("+49302345678"), campaign, at: try time("2026-06-04T11:00:00Z"))
        #expect(try verdict("holiday", decision).reason == "fronleichnam")
    }

    // MARK: Caps

    @Test func `caps count a lead in all, a day's attempts at it, and a number's over all campaigns`() throws {
        var prospect = try prospect()
        var campaign = campaign
        let now = try time(noon)
        func hours(_ ago: [Double]) -> [Timestamp] {
            ago.map { Timestamp(unixMilliseconds: now.unixMilliseconds - Int64($0 * 3_600_000)) }
        }
        prospect.attempts = hours([30, 23.5, 20, 3])
        prospect.numberAttempts = hours([40, 23, 22, 3])
        var decision = book.decide(prospect, campaign, at: now)
        #expect(try verdict("cap.lead", decision).isAllowed)
        #expect(
            try verdict("cap.lead_day", decision).until == Timestamp(unixMilliseconds: now.unixMilliseconds + 1_800_000)
        )
        #expect(
            try verdict("cap.number_day", decision).until
                == Timestamp(unixMilliseconds: now.unixMilliseconds + 3_600_000)
        )
        prospect.lead.attempts = 6
        decision = book.decide(prospect, campaign, at: now)
        #expect(try !verdict("cap.lead", decision).isAllowed && decision.next == nil)
        campaign.caps.perLead = 7
        #expect(try verdict("cap.lead", book.decide(prospect, campaign, at: now)).isAllowed)
    }

    @Test func `an attempt counts until exactly 24 hours later`() throws {
        var prospect = try prospect()
        var campaign = campaign
        campaign.caps.perNumberAndDay = 1
        let now = try time(noon)
        prospect.numberAttempts = [Timestamp(unixMilliseconds: now.unixMilliseconds - 86_400_000)]
        #expect(try verdict("cap.number_day", book.decide(prospect, campaign, at: now)).isAllowed)
        prospect.numberAttempts = [Timestamp(unixMilliseconds: now.unixMilliseconds - 86_399_999)]
        #expect(
            try verdict("cap.number_day", book.decide(prospect, campaign, at: now)).until
                == Timestamp(unixMilliseconds: now.unixMilliseconds + 1)
        )
    }

    @Test func `Florida's cap counts the person: attempts at the lead and at the number, each once`() throws {
        var prospect = try prospect("+13052345678")
        var campaign = campaign
        (campaign.caps.perLeadAndDay, campaign.caps.perNumberAndDay) = (9, 9)
        let now = try time(noon)
        func ago(_ hours: Int64) -> Timestamp { Timestamp(unixMilliseconds: now.unixMilliseconds - hours * 3_600_000) }
        (prospect.attempts, prospect.numberAttempts) = ([ago(8), ago(4)], [ago(8)])
        #expect(try verdict("cap.region_day", book.decide(prospect, campaign, at: now)).isAllowed)
        prospect.numberAttempts = [ago(10), ago(8)]
        let verdict = try verdict("cap.region_day", book.decide(prospect, campaign, at: now))
        #expect(!verdict.isAllowed && verdict.until == ago(-14))
        prospect.lead.region = "US-GA"
        #expect(try self.verdict("cap.region_day", book.decide(prospect, campaign, at: now)).isAllowed)
    }

    @Test func `France's four calls in thirty days are the number's, whichever campaign made them`() throws {
        var prospect = try prospect("+33142685300")
        let now = try time(noon)
        func ago(_ days: Int64) -> Timestamp { Timestamp(unixMilliseconds: now.unixMilliseconds - days * 86_400_000) }
        prospect.numberAttempts = [ago(31), ago(29), ago(20), ago(10)]
        #expect(try verdict("cap.region_day", book.decide(prospect, campaign, at: now)).isAllowed)
        prospect.numberAttempts.append(ago(3))
        let full = try verdict("cap.region_day", book.decide(prospect, campaign, at: now))
        #expect(!full.isAllowed && full.until == ago(-1))
    }

    @Test func `between two attempts lies the gap, whatever the book would wait, and none for a callback`() throws {
        var prospect = try prospect()
        var campaign = campaign
        let now = try time(noon)
        let last = Timestamp(unixMilliseconds: now.unixMilliseconds - 16 * 60_000)
        prospect.lead.lastAttemptAt = last
        func gap() throws -> Decision.Verdict { try verdict("gap", book.decide(prospect, campaign, at: now)) }
        let behind = Timestamp(unixMilliseconds: last.unixMilliseconds + 7_200_000)
        for disposition in ["", "busy", "no_answer", "carrier_error", "invalid", "fax"] {
            prospect.lead.disposition = disposition
            #expect(try gap().until == behind, "behind \(disposition)")
        }
        // What the campaign says of an outcome itself goes before its gap.
        prospect.lead.disposition = "busy"
        campaign.retries["busy"] = RetryRule(waits: [15], maximum: 3)
        #expect(try gap().isAllowed)
        campaign.retries["busy"] = RetryRule(waits: [500], maximum: 3)
        #expect(try gap().until == behind)
        prospect.lead.callbackAt = now
        #expect(try gap().isAllowed)
    }

    @Test func `a decision costs microseconds`() throws {
        var prospect = try prospect("+13052345678")
        let now = try time(noon)
        prospect.attempts = [Timestamp(unixMilliseconds: now.unixMilliseconds - 90_000_000)]
        prospect.numberAttempts = prospect.attempts
        let night = try time("2026-11-25T08:00:00Z")
        for (name, at) in [("allowed", now), ("refused", night)] {
            let start = Moment.now()
            for _ in 0..<2000 { _ = book.decide(prospect, campaign, at: at) }
            let nanoseconds = (Moment.now() - start).wholeMicroseconds / 2
            print("decide, \(name): \(nanoseconds) ns")
            // A debug build on a busy machine.
            #expect(nanoseconds < 4_000_000)
        }
    }
}
