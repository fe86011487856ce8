import Core
import Glibc
import JSONKit
import Testing

@testable import Campaigns

/// What a campaign's document may say, and what is said of one that is wrong.
@Suite struct CampaignDocumentTests {
    static let least: JSONObject = ["name": "a", "agent": "b", "caller_ids": ["+15005550006"], "lists": ["l"]]
    private let now = Timestamp(unixMilliseconds: 1_795_449_600_000)

    private func findings(
        _ members: JSONObject,
        agents: [String] = ["b"],
        filled: Set<String> = [],
        taken: [String: String] = [:]
    ) -> [CampaignFinding] {
        var document = Self.least
        for (name, value) in members { document[name] = value }
        let dispositions = ["busy", "no_answer", "machine"]
        return CampaignReview.findings(
            on: .object(document),
            CampaignSurroundings(
                agents: agents.map { CampaignSurroundings.Agent($0, hasMessage: $0 == "speaks") },
                filledLists: filled,
                takenLists: taken,
                dispositions: dispositions,
                now: now
            )
        )
    }

    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static func file(_ path: String) throws -> JSON {
        let file = try #require(fopen("\(root)/\(path)", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let count = fread(&bytes, 1, bytes.count, file)
        return try JSON(parsing: String(decoding: bytes[..<count], as: UTF8.self))
    }

    @Test func `the least document has every default, and what is written is read again`() throws {
        let campaign = try Campaign(.object(Self.least))
        #expect(campaign == Campaign(name: "a", agent: "b", callerIDs: ["+15005550006"], lists: ["l"]))
        let example = try Campaign(Self.file("examples/campaigns/spring-service.json"))
        #expect(example.windows[1] == CallingWindow(weekdays: [6], from: 600, until: 840))
        #expect(example.retries["machine"] == RetryRule(waits: [1440], maximum: 3, takesNextNumber: true))
        #expect(try Campaign(example.json) == example)
    }

    @Test func `every problem is told at once, with its place and what would be right`() {
        let found = findings([
            "agent": "c", "caller_ids": ["0500", "+15005550006"], "lists": ["l", "l"],
            "windows": [
                ["days": [], "from": "09:00", "until": "10:00"], ["from": "20:00", "until": "09:00"],
                ["days": ["monday"], "from": "09:00", "until": "10:00"], ["from": "9", "until": "10:00"],
            ],
            "pace": ["mode": "fast", "concurrent": 0, "calls_per_sec": 2], "retrys": [:], "rings_s": 5,
            "ends_at": "2020-01-01T00:00:00Z", "fallback_zone": "Mars/Base", "country": "usa",
        ])
        let paths = found.filter { $0.severity == .error }.map(\.path)
        #expect(
            Set(paths) == [
                "agent", "caller_ids[0]", "lists[1]", "windows[0].days", "windows[1].until", "windows[2].days[0]",
                "windows[3].from", "pace.mode", "pace.concurrent", "pace.calls_per_sec", "retrys", "rings_s", "ends_at",
                "fallback_zone", "country",
            ]
        )
        func problem(_ path: String) -> String { found.first { $0.path == path }?.problem ?? "" }
        #expect(problem("agent").contains("did you mean b?"))
        #expect(problem("pace.calls_per_sec").contains("did you mean calls_per_second?"))
        #expect(problem("retrys").contains("did you mean retries?"))
        #expect(problem("windows[1].until").contains("never opens"))
        #expect(problem("caller_ids[0]").contains("+15005550006"))
    }

    @Test func `caps that contradict each other are refused with the one to change`() {
        let more = findings(["caps": ["per_lead": 2, "per_lead_and_day": 3]])
        #expect(more.map(\.path) == ["caps.per_lead_and_day"] && more[0].problem.contains("per_lead, 2"))
        let number = findings(["caps": ["per_lead_and_day": 3, "per_number_and_day": 2]])
        #expect(number.map(\.path) == ["caps.per_lead_and_day"] && number[0].severity == .error)
        let gap = findings(["caps": ["per_lead_and_day": 3, "gap_minutes": 720]])
        #expect(gap.map(\.severity) == [.warning] && gap[0].path == "caps.gap_minutes")
        #expect(findings(["caps": ["per_lead": 2]]).isEmpty, "defaults contradict nobody")
    }

    @Test func `retries that contradict themselves are refused, and a misspelt disposition is noticed`() {
        let found = findings([
            "retries": [
                "busy": ["waits_minutes": [], "maximum": 2], "machine": ["waits_minutes": [0]],
                "no_anwser": ["waits_minutes": [60], "maximum": 2],
            ]
        ])
        #expect(found.map(\.path) == ["retries.busy.maximum", "retries.machine.waits_minutes[0]", "retries.no_anwser"])
        #expect(found[2].severity == .warning && found[2].problem.contains("did you mean no_answer?"))
    }

    @Test func `a window that is shorter than it may ring never opens`() {
        let found = findings(["windows": [["from": "09:00", "until": "09:01"]], "rings_s": 60])
        #expect(found.map(\.path) == ["windows[0]"] && found[0].problem.contains("never opens"))
    }

    @Test func `a list of another campaign and an agent that is gone are refused`() {
        let found = findings([:], agents: [], taken: ["l": "winter"])
        #expect(found.map(\.path) == ["agent", "lists[0]"])
        #expect(found[1].problem.contains("belongs to the campaign winter"))
    }

    @Test func `a message that the agent does not have, and a list without leads, are noticed`() {
        let mute = findings(["machines": "leave_message"])
        #expect(mute.map(\.path) == ["machines"] && mute[0].severity == .warning)
        #expect(findings(["agent": "speaks", "machines": "leave_message"], agents: ["b", "speaks"]).isEmpty)
        let empty = findings(["lists": ["owners"]], filled: ["owner"])
        #expect(empty.map(\.path) == ["lists[0]"] && empty[0].problem.contains("did you mean owner?"))
        #expect(findings([:], filled: ["l"]).isEmpty)
    }

    @Test(arguments: [1, "x", [1, 2], .null] as [JSON])
    func `what is no object is refused`(json: JSON) {
        #expect(throws: FieldError.self) { try Campaign(json) }
    }

    @Test func `the example fits the schema, and the schema has the members that the parser knows`() throws {
        let text = try Self.file("docs/campaign.schema.json")
        let schema = try JSONSchema(text, definitions: text["definitions"] ?? [:])
        try schema.check(Self.file("examples/campaigns/spring-service.json"))
        let window: JSON = ["from": "09:00", "until": "10:00", "zzzzzz": 1]
        let places: [(JSON?, String, JSON)] = [
            (text, "", 1), (text["properties"]?["pace"], "pace", ["zzzzzz": 1]),
            (text["properties"]?["caps"], "caps", ["zzzzzz": 1]),
            (text["definitions"]?["window"], "windows", [window]),
            (text["definitions"]?["retry"], "retries", ["busy": ["waits_minutes": [1], "zzzzzz": 1]]),
        ]
        for (schema, name, value) in places {
            let found = findings([name.isEmpty ? "zzzzzz" : name: value]).first { $0.path.hasSuffix("zzzzzz") }
            let known =
                found?.problem.split(separator: "known are ").last?.split(separator: ", ").map(String.init) ?? []
            #expect(Set(schema?["properties"]?.object?.keys ?? []) == Set(known), "\(name)")
        }
    }
}
