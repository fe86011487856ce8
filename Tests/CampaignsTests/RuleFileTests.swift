import Campaigns
import JSONKit
import Testing

struct RuleFileTests {
    private func problem(_ text: String) throws -> String {
        try #require(throws: RuleError.self) { _ = try RuleBook([RuleFile(name: "us.json", bytes: Array(text.utf8))]) }
            .description
    }

    private func file(_ members: String, country: String = "US") -> String {
        #"{"country": "\#(country)", "dated": "2026-11-25", "source": "a law", \#(members)}"#
    }

    private let windows = #""windows": [{"from": "08:00", "until": "21:00"}]"#

    @Test func `shipped rules are read, each with its day`() throws {
        let book = try RuleBook.shipped()
        #expect(book.version.contains("US 2026-11-25") && book.version.contains("* 2026-11-25"))
    }

    @Test func `a wrong file is refused with its name, the place and what would be right`() throws {
        let cases = [
            ("{", "us.json: line 1"),
            (file(windows, country: "XX"), "country: \"XX\" is no country"),
            (file(#""dated2": 1, "# + windows), "dated2: unknown member; did you mean dated?"),
            (file(#""note": "none""#), "windows: is required"),
            (
                file(#""windows": [{"from": "21:00", "until": "08:00"}]"#),
                "windows[0].until: is not behind from: the window never opens"
            ),
            (file(#""windows": [{"days": [], "from": "08:00", "until": "21:00"}]"#), "windows[0].days: is empty"),
            (
                file(#""windows": [{"days": ["monday"], "from": "08:00", "until": "21:00"}]"#),
                "\"monday\" is no day; use sun, mon"
            ),
            (
                file(#""windows": [{"from": "8 am", "until": "21:00"}]"#),
                "windows[0].from: is \"8 am\"; use a time such as 08:00"
            ),
            (file(#""windows": [{"from": "08:00", "until": "24:01"}]"#), "windows[0].until"),
            (file(windows + #", "regions": {"US-ZZ": {"source": ""}}"#), "regions.US-ZZ: is no region of US"),
            (file(windows + #", "regions": {"CA-ON": {"source": ""}}"#), "regions.CA-ON: is no region of US"),
            (
                file(
                    windows
                        + #", "regions": {"US-FL": {"source": "", "windows": [{"from": "21:00", "until": "23:00"}]}}"#
                ),
                "regions.US-FL.windows: never open"
            ),
            (file(windows + #", "regions": {"US-FL": {"windows": []}}"#), "regions.US-FL.source: is required"),
            (file(windows + #", "closed": ["xmas"]"#), "closed: \"xmas\" is no holiday of this file"),
            (file(windows + #", "holidays": {"leap": {"date": "02-30"}}"#), "holidays.leap.date: is \"02-30\""),
            (file(windows + #", "holidays": {"x": {"month": 2, "weekday": "mon", "nth": 5}}"#), "holidays.x.nth: is 5"),
            (file(windows + #", "holidays": {"x": {}}"#), "holidays.x.date: is required, or easter, or month"),
            (file(windows + #", "cap": {"attempts": 0, "within_hours": 24}"#), "cap.attempts: is 0; must be from 1"),
            (file(windows + #", "cap": {"attempts": 3}"#), "cap.within_hours: is required"),
        ]
        for (text, expected) in cases {
            let found = try problem(text)
            #expect(found.hasPrefix("us.json: ") && found.contains(expected), "\(found)")
        }
    }

    @Test func `a campaign whose windows never open or whose caps contradict is told so`() throws {
        let book = try RuleBook.shipped()
        var campaign = Campaign(name: "spring", agent: "sales", callerIDs: [], lists: [])
        #expect(book.problems(of: campaign).isEmpty)
        (campaign.country, campaign.fallbackZone) = ("US", "Europe/Atlantis")
        campaign.windows = [CallingWindow(from: 1260, until: 1320)]
        (campaign.caps.perLead, campaign.caps.perLeadAndDay, campaign.caps.perNumberAndDay) = (3, 4, 2)
        campaign.retries = ["busy": RetryRule(waits: [15], maximum: 9)]
        #expect(
            book.problems(of: campaign).map(\.path) == [
                "fallback_zone", "windows", "caps.per_lead_and_day", "caps.per_number_and_day", "retries.busy.maximum",
            ]
        )
        campaign.windows = [CallingWindow(weekdays: [], from: 600, until: 700)]
        campaign.country = "XX"
        #expect(book.problems(of: campaign).prefix(3).map(\.path) == ["country", "fallback_zone", "windows"])
    }

    @Test func `two files for one country, and none at all, are refused`() throws {
        let bytes = Array(file(windows).utf8)
        let twice = [RuleFile(name: "a.json", bytes: bytes), RuleFile(name: "b.json", bytes: bytes)]
        #expect(throws: RuleError(file: "b.json", problem: "country: another file has rules for US already")) {
            _ = try RuleBook(twice)
        }
        #expect(throws: RuleError.self) { _ = try RuleBook([]) }
    }
}
