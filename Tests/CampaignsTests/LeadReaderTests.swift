import Core
import JSONKit
import Store
import Testing

@testable import Campaigns

@Suite struct LeadReaderTests {
    private func read(_ object: JSONObject, country: String = "US") throws -> Lead {
        var reader = LeadReader(list: "l", country: country, now: LeadBench.now)
        return try reader.read(object)
    }

    private func problem(_ object: JSONObject, country: String = "US") -> String {
        do { return "\(try read(object, country: country))" } catch { return "\(error)" }
    }

    @Test func `columns are known by many names, and the others are fields`() throws {
        let lead = try read([
            "Phone Number": " (212) 555-7187 ", "Mobile": "212-555-7188", "phone2": "212 555 7189",
            "First Name": "Ann", "Last-Name": "Lee", "Time Zone": "America/New_York", "State": "ny", "Lang": "en-US",
            "Consent Kind": "Written", "consent_at": "2026-03-01", "consent_source": "form", "CRM ID": 20_417,
            "Priority": "2", "score": 40, "Favourite Colour": "red", "empty": "", "nothing": .null,
        ])
        #expect(lead.number == "+12125557187" && lead.numbers == ["+12125557188", "+12125557189"])
        #expect(lead.name == "Ann Lee" && lead.zone == "America/New_York" && lead.region == "US-NY")
        #expect(lead.language == "en-US" && lead.externalID == "20417" && lead.priority == 2 && lead.score == 40)
        let day = try #require(Timestamp(parsing: "2026-03-01T00:00:00Z"))
        #expect(lead.consent == Consent(.written, at: day, source: "form"))
        #expect(lead.fields == ["first_name": "Ann", "last_name": "Lee", "favourite_colour": "red"])
        let crm = try read(["phone": "+49 30 901820", "external_id": "x", "metadata": ["plan": "b", "seats": 3]])
        #expect(crm.number == "+4930901820" && crm.fields == ["plan": "b", "seats": 3])
        let several = try read(["numbers": ["+12125557187", "+12125557188", "+12125557187"]])
        #expect(several.number == "+12125557187" && several.numbers == ["+12125557188"])
    }

    @Test func `what is doubtful is refused with the member and the fix, and without the number`() {
        #expect(problem([:]).hasPrefix("number: is missing"))
        #expect(problem(["tel": "12"]).hasPrefix("tel: "))
        #expect(!problem(["tel": "212-555-71"]).contains("555"))
        #expect(problem(["tel": "030 901820"], country: "").contains("country"))
        let base: JSONObject = ["tel": "+12125557187"]
        func with(_ name: String, _ value: JSON) -> String {
            var object = base
            object[name] = value
            return problem(object)
        }
        #expect(with("zone", "Mars/Olympus").contains("zone: must be one of IANA's"))
        #expect(with("region", "New York").contains("region: must be a code"))
        #expect(with("region", "US-ZZ").contains("region: US-ZZ is no region"))
        for hidden in ["Ann\u{0}", "Ann\u{1B}[2J", "Ann\u{202E}"] {
            #expect(with("name", .string(hidden)).contains("name: has a control character"))
        }
        #expect(with("note", "\u{2066}x").contains("note: has a control character"))
        #expect(!with("note", "two\nlines").contains("control"))
        #expect(with("score", "high").contains("score: must be a whole number from 0 to 100"))
        #expect(with("consent", "yes").contains("consent_kind: must be written or express"))
        #expect(with("consent", "written").contains("consent_at: must be a day"))
        #expect(with("note", .string(String(repeating: "x", count: 5000))).contains("note: has 5000 bytes"))
        #expect(with("note", ["a"]).contains("note: must be a text"))
        var consent = base
        (consent["consent_kind"], consent["consent_at"]) = ("written", "2036-01-01")
        #expect(problem(consent).contains("future"))
        consent["consent_at"] = "2026-01-01"
        #expect(problem(consent).contains("consent_source"))
        var many = base
        for index in 0..<65 { many["field\(index)x"] = "x" }
        #expect(problem(many).contains("64 fields"))
    }
}
