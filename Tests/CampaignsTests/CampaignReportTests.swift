import Core
import JSONKit
import Testing

@testable import Campaigns

/// A report's figures, tables and page, from attempts that are counted by hand.
@Suite struct CampaignReportTests {
    private let now = Timestamp(unixMilliseconds: 1_795_449_600_000)

    private func facts(_ disposition: String, lead: UInt64, hour: Int = 10, talked: Double = 0) -> AttemptFacts {
        let isHuman = ["completed", "sale", "callback"].contains(disposition)
        return AttemptFacts(
            disposition: disposition,
            lead: lead,
            hour: hour,
            day: "2026-11-23",
            isAnswered: talked > 0,
            isHuman: isHuman,
            isContact: isHuman,
            isSuccess: disposition == "sale",
            talked: talked
        )
    }

    private var report: CampaignReport {
        var report = CampaignReport("spring <service>", state: .running, madeAt: now)
        report.leads = LeadCounts(ready: 3, claimed: 0, closed: 2)
        report.figures.add(facts("no_answer", lead: 1, hour: 9))
        report.figures.add(facts("sale", lead: 1, hour: 11, talked: 61))
        report.figures.add(facts("machine", lead: 2, hour: 11, talked: 5))
        report.figures.add(facts("busy", lead: 3, hour: 11))
        report.price = CallPrice(perMinute: 0.5, currency: "EUR")
        report.scores.add(before: 20, after: 50)
        report.scores.add(before: 40, after: 30)
        report.callbacks.asked = 3
        report.callbacks.add(waitingFor: Timestamp(unixMilliseconds: 0), now: now)
        return report
    }

    private func rows(_ name: String) -> [[JSON]] { report.tables.first { $0.name == name }?.rows ?? [] }

    @Test func `a lead counts once in the funnel, however often it was called`() {
        #expect(
            rows("funnel") == [
                ["leads", 5, 1.0], ["called", 3, 0.6], ["answered", 2, 0.4], ["person reached", 1, 0.2],
                ["conversation", 1, 0.2], ["success", 1, 0.2],
            ]
        )
    }

    @Test func `answers are counted by the hour, and hours without calls in between are shown`() {
        #expect(rows("hours") == [["09:00", 1, 0, 0, 0.0], ["10:00", 0, 0, 0, 0.0], ["11:00", 3, 2, 1, 0.667]])
        #expect(rows("hours_by_disposition")[2] == ["11:00", 1, 1, 0, 1])
    }

    @Test func `each begun minute of talk costs, and silence costs nothing`() {
        // 61 s are two minutes, 5 s are one.
        #expect(rows("cost")[0] == ["minutes charged", 3] && rows("cost")[2] == ["all", 1.5])
        #expect(rows("cost")[4] == ["a success", 1.5])
        #expect(report.json["figures"]?["cost"] == 1.5 && report.json["figures"]?["currency"] == "EUR")
    }

    @Test func `callbacks that were asked for are made, to come, or late`() {
        #expect(rows("callbacks") == [["asked for", 3], ["made", 2], ["to come", 1], ["late", 1]])
        #expect(rows("scores")[3] == ["points a lead", 10.0])
    }

    @Test func `what holds leads back is the first rule that refuses`() {
        var held = HeldBack()
        func decision(_ verdicts: [Decision.Verdict]) -> Decision { Decision(at: now, verdicts: verdicts, rules: "x") }
        let later = Timestamp(unixMilliseconds: now.unixMilliseconds + 5)
        held.add(decision([.init("due", isAllowed: true, reason: "")]))
        held.add(
            decision([
                .init("window", isAllowed: false, until: later, reason: ""), .init("gap", isAllowed: false, reason: ""),
            ])
        )
        held.add(decision([.init("window", isAllowed: false, until: now, reason: "")]))
        #expect(held.looked == 3 && held.free == 1)
        #expect(held.rules == ["window": HeldBack.Entry(leads: 2, until: now)])
    }

    @Test func `the page stands alone, draws every picture, and takes names for text`() {
        let page = CampaignPage.html(report.json)
        #expect(page.contains("spring &lt;service&gt;") && !page.contains("<service>"))
        let pictures = report.tables.count { $0.picture != .none }
        #expect(page.components(of: "<svg ") == pictures && pictures >= 4)
        for outside in ["http://", "https://", "<script", "src=", "@import", "url("] {
            #expect(!page.contains(outside), "\(outside)")
        }
        // Made of what the control plane answers, a kept report gives the same page.
        #expect(CampaignPage.html(try! JSON(parsing: report.json.description)) == page)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: part) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
