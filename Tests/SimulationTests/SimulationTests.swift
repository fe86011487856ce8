import Campaigns
import Carrier
import Core
import JSONKit
import Testing

@testable import Simulation

/// A campaign's days in virtual time, judged by somebody who knows nothing of the rules' code.
@Suite struct SimulationTests {
    private func setup(leads: Int = 800, days: Int = 14, seed: UInt64 = 7) throws -> SimulationSetup {
        var campaign = Campaign(name: "c", agent: "a", callerIDs: ["+15005550006"], lists: ["east", "west"])
        (campaign.pace.concurrent, campaign.pace.callsPerSecond) = (50, 5)
        (campaign.caps.perLead, campaign.caps.perLeadAndDay) = (4, 2)
        // Thanksgiving is in it.
        let start = try #require(CivilDay(parsing: "2026-11-23"))
        return SimulationSetup(
            campaign,
            leads: leads,
            days: days,
            seed: seed,
            start: Zone.utc.moment(of: start),
            rules: try RuleBook.shipped()
        )
    }

    @Test func `nobody is called in forbidden hours, too often, twice at once or without consent`() throws {
        let result = Simulations.run(try setup())
        #expect(result.violations.isEmpty, "\(result.examples)")
        #expect(result.duplicateDials == 0 && result.overlapping == 0)
        let figures = result.report.figures
        #expect(figures.all.attempts > 800 && figures.all.humans > 200, "it did call")
        #expect(figures.dispositions.count >= 8, "\(figures.dispositions.keys)")
        #expect(result.report.leads.claimed == 0, "nobody is left in the middle of a call")
    }

    @Test func `the same seed gives the same calls, and another one others`() throws {
        func days(_ seed: UInt64) throws -> JSON {
            let report = Simulations.run(try setup(leads: 300, days: 3, seed: seed)).report
            return .array(report.tables.map(\.json))
        }
        let first = try days(7)
        #expect(try days(7) == first)
        #expect(try days(8) != first)
    }

    @Test func `a carrier that is congested and loses answers makes nobody be called twice`() throws {
        var setup = try setup(leads: 500, days: 5)
        (setup.practice.faults.refuses, setup.practice.faults.losesAnswer) = (0.05, 0.02)
        setup.practice.faults.repeatsCallback = 0.2
        setup.practice.faults.delaysCallback = 0.2
        let result = Simulations.run(setup)
        #expect(result.isFlawless, "\(result.examples)")
        #expect(result.report.figures.all.attempts > 300)
    }

    @Test func `a carrier that fails has the campaign paused, which ends the simulation`() throws {
        var setup = try setup(leads: 300, days: 14)
        setup.practice.faults.failsBefore = 1
        let result = Simulations.run(setup)
        #expect(result.pause?.contains("by the carrier's fault") == true)
        #expect(result.report.state == .paused && result.days < 1 && result.isFlawless)
    }
}

/// The judge itself: it finds what is wrong in calls that are made up.
@Suite struct RuleWatchTests {
    private let campaign: Campaign = {
        var campaign = Campaign(name: "c", agent: "a", callerIDs: ["+15005550006"], lists: ["l"])
        (campaign.caps.perLead, campaign.caps.perLeadAndDay, campaign.caps.gap) = (3, 2, 60)
        return campaign
    }()

    private func lead(_ code: UInt64) throws -> SimulatedLead {
        let area = try #require(AreaCode.all.firstIndex { $0.code == code })
        let number = 10_000_000_000 + code * 10_000_000 + 2_345_678
        return SimulatedLead(number: number, area: UInt8(area), list: 0, score: 0, priority: 0, nextAt: 0)
    }

    /// Calls at times in UTC, each a minute long.
    private func judge(
        _ lead: SimulatedLead,
        _ times: [String],
        minutes: Int64 = 1,
        dispositions: [UInt8] = [],
        retries: [String: RetryRule] = [:]
    ) throws -> RuleWatch {
        var records: [DialRecord] = []
        for (index, text) in times.enumerated() {
            let at = try #require(Timestamp(parsing: text)).unixMilliseconds
            let before = Int32(index - 1)
            var record = DialRecord(
                lead: 0,
                number: lead.number,
                at: at,
                beforeOfLead: before,
                beforeOfNumber: before,
                callback: 0
            )
            record.over = at + minutes * 60_000
            record.disposition = dispositions.count > index ? dispositions[index] : 1
            records.append(record)
        }
        var campaign = campaign
        campaign.retries = retries
        var watch = RuleWatch(campaign, [lead], records, names: ["", "no_answer", "busy", "do_not_call"])
        watch.judge()
        return watch
    }

    private func rules(_ watch: RuleWatch) -> [String] { watch.violations.map(\.rule) }

    @Test func `hours are those of the area, with the states' own`() throws {
        // Monday, 23 November 2026: New York is 5 h behind UTC, Los Angeles 8 h.
        #expect(rules(try judge(lead(212), ["2026-11-23T13:00:00Z"])) == [])
        #expect(rules(try judge(lead(212), ["2026-11-23T12:59:00Z"])) == ["window"])
        #expect(rules(try judge(lead(213), ["2026-11-23T15:59:00Z"])) == ["window"])
        #expect(rules(try judge(lead(212), ["2026-11-24T01:30:00Z"])) == [], "half past eight in New York")
        #expect(rules(try judge(lead(305), ["2026-11-24T01:30:00Z"])) == ["window"], "half past eight in Florida")
        #expect(rules(try judge(lead(205), ["2026-11-22T18:00:00Z"])) == ["window"], "a Sunday in Alabama")
        #expect(rules(try judge(lead(212), ["2026-11-24T01:59:50Z"])) == ["window"], "it rings beyond nine")
    }

    @Test func `caps, gaps and calls at once are found`() throws {
        let day = ["2026-11-23T15:00:00Z", "2026-11-23T16:00:00Z", "2026-11-23T17:00:00Z"]
        #expect(rules(try judge(lead(212), day)) == ["cap.lead_day"])
        #expect(rules(try judge(lead(212), ["2026-11-23T15:00:00Z", "2026-11-23T15:59:00Z"])) == ["gap"])
        let busy = ["2026-11-23T15:00:00Z", "2026-11-23T15:15:00Z"]
        #expect(rules(try judge(lead(212), busy, dispositions: [2, 1])) == ["gap"], "also behind a busy line")
        let own = ["busy": RetryRule(waits: [15, 240], maximum: 3)]
        #expect(rules(try judge(lead(212), busy, dispositions: [2, 1], retries: own)) == [], "it says so itself")
        #expect(rules(try judge(lead(212), busy, dispositions: [1, 1], retries: own)) == ["gap"])
        #expect(rules(try judge(lead(212), busy, dispositions: [3, 1])).contains("closed"))
        let over = try judge(lead(212), ["2026-11-23T15:00:00Z", "2026-11-23T16:00:00Z"], minutes: 61)
        #expect(over.duplicates == 1 && rules(over) == ["live"])
        let days = (23...26).map { "2026-11-\($0)T15:00:00Z" }
        #expect(rules(try judge(lead(212), days)) == ["cap.lead"])
    }

    @Test func `who has not agreed, or is on a list, is found`() throws {
        var lead = try lead(212)
        lead.consent = .express
        #expect(rules(try judge(lead, ["2026-11-23T15:00:00Z"])) == ["consent"])
        (lead.consent, lead.isSuppressed) = (.written, true)
        #expect(rules(try judge(lead, ["2026-11-23T15:00:00Z"])) == ["suppressed"])
    }
}
