import Glibc
import JSONKit
import PluginHost
import Testing

/// Against a server that knows its properties and what is unique, and judges every request.
@Suite struct CrmHubspotTests {
    private let server = HubSpotServer()
    private let crm: CrmBench

    init() throws {
        crm = try CrmBench("crm-hubspot")
        crm.bench.secret("hubspot_token", "pat-test")
    }

    private func config(_ more: JSONObject = [:]) -> JSONObject {
        var config: JSONObject = ["base_url": .string(server.url)]
        for (name, value) in more { config[name] = value }
        return config
    }

    /// Without a unique property of any kind.
    private var plain: JSONObject { config(["unique_ids": false, "phone_property": ""]) }

    @Test
    func `an outcome becomes a call beside the contact that has the number, its disposition as the account has it`()
        throws
    {
        server.put("contacts", ["phone": "+4930999", "firstname": "Somebody else"])
        let anna = server.put("contacts", ["mobilephone": "+4930123456", "firstname": "Anna"])
        try crm.load(config(["dispositions": ["repair_booked": "connected", "*": "no_answer"], "owner_id": "77"]))
        let recording: JSON = ["url": "https://blobs.example/call_1.wav"]
        #expect(try crm.write(CrmBench.outcome("call_1", ["recording": recording])).hasPrefix("calls/"))
        let call = try #require(server.all("calls").first)
        #expect(call.contacts.map(\.id) == [anna] && call.contacts.first?.type == 194)
        let wanted = [
            "hs_timestamp": "2026-11-23T10:00:00.000Z", "hs_call_title": "Call: repair booked",
            "hs_call_direction": "INBOUND", "hs_call_duration": "65250", "hs_call_from_number": "+4930123456",
            "hs_call_to_number": "+4930999", "hs_call_status": "COMPLETED",
            "hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7", "hubspot_owner_id": "77",
            "hs_call_recording_url": "https://blobs.example/call_1.wav", "patchbay_id": "call_1",
        ]
        for (name, value) in wanted { #expect(call.properties[name] == value, "\(name)") }
        let body = try #require(call.properties["hs_call_body"])
        #expect(body.contains("Disposition: repair_booked<br>") && body.contains("day: 2026-11-24<br>"))
        #expect(body.hasSuffix("caller: My &lt;bike&gt; &amp; I"))
        #expect(server.all("contacts").count == 2 && server.complaints.isEmpty)
    }

    @Test func `a caller nobody knows becomes one contact, however many calls of theirs are told of at once`() throws {
        try crm.load(config(["new_contact": ["lifecyclestage": "lead"]]))
        #expect(crm.writeAtOnce((1...6).map { CrmBench.outcome("call_\($0)") }) == 6)
        let contact = try #require(server.all("contacts").first)
        #expect(server.all("contacts").count == 1 && server.all("calls").count == 6)
        #expect(contact.properties["phone"] == "+4930123456" && contact.properties["patchbay_phone"] == "+4930123456")
        #expect(contact.properties["lifecyclestage"] == "lead")
        #expect(server.complaints.isEmpty)
    }

    @Test(arguments: [1, 2])
    func `a record whose answer was lost is not written twice, also by a host that remembers nothing`(lost: Int) throws
    {
        try crm.load(config())
        // The first write makes the contact, the second the call.
        if lost == 2 { server.put("contacts", ["patchbay_phone": "+4930123456"]) }
        server.set { $0.drops = 1 }
        let failure = try crm.failure(CrmBench.outcome())
        #expect(failure.isRetryable && failure.message.hasPrefix("HubSpot: "))
        try crm.restart(config())
        let reference = try crm.write(CrmBench.outcome())
        #expect(try crm.write(CrmBench.outcome()) == reference)
        #expect(server.all("contacts").count == 1 && server.all("calls").count == 1)
        #expect(server.complaints.isEmpty)
    }

    @Test func `without unique properties a lost answer is asked about when the index must know, and not before`()
        throws
    {
        server.put("contacts", ["phone": "+4930123456"])
        server.set { ($0.drops, $0.isIndexing) = (1, false) }
        try crm.load(plain)
        #expect(try crm.failure(CrmBench.outcome()).isRetryable)
        let asked = server.requests.count
        let failure = try crm.failure(CrmBench.outcome())
        #expect(
            failure.isRetryable && failure.code == .invalid
                && failure.message.contains("whether the record was written")
        )
        let wait = try #require(failure.retryAfter)
        #expect(wait > .seconds(10) && wait <= .seconds(20) && server.requests.count == asked)
        // Later, or at the next start, the search finds it.
        server.change { for id in $0.objects["calls"]!.keys { $0.objects["calls"]![id]!.isIndexed = true } }
        try crm.restart(plain)
        try crm.write(CrmBench.outcome())
        #expect(server.all("calls").count == 1 && server.complaints.isEmpty)
    }

    @Test func `without unique properties what was made a moment ago is known before the index knows it`() throws {
        server.set { $0.isIndexing = false }
        try crm.load(plain)
        let first = try crm.write(CrmBench.outcome("call_1"))
        #expect(try crm.write(CrmBench.outcome("call_1")) == first)
        try crm.write(CrmBench.outcome("call_2"))
        try crm.write(CrmBench.standing(80, "hot"))
        #expect(server.all("contacts").count == 1 && server.all("calls").count == 2)
        #expect(server.all("contacts").first?.properties["patchbay_score"] == "80")
    }

    @Test func `a contact found by search is found by its number from then on`() throws {
        let id = server.put("contacts", ["phone": "+4930123456"])
        try crm.load(config())
        try crm.write(CrmBench.outcome("call_1"))
        #expect(server.all("contacts").first?.properties["patchbay_phone"] == "+4930123456")
        try crm.restart(config())
        let asked = server.requests.count
        try crm.write(CrmBench.outcome("call_2"))
        #expect(!server.requests.dropFirst(asked).contains { $0.contains("search") })
        #expect(server.all("calls").allSatisfy { $0.contacts.map(\.id) == [id] })
    }

    @Test func `a contact that somebody made meanwhile is taken from the refusal`() throws {
        // Found by neither way, since it is in no index and has another number: unique is its address only.
        server.set { $0.isIndexing = false }
        let id = server.put("contacts", ["email": "desk@example.com"])
        try crm.load(config(["new_contact": ["email": "desk@example.com"]]))
        try crm.write(CrmBench.outcome())
        #expect(server.all("calls").first?.contacts.map(\.id) == [id])
    }

    @Test func `a call that another host wrote between question and answer is taken from the refusal`() throws {
        server.put("contacts", ["patchbay_phone": "+4930123456"])
        let id = server.put("calls", ["patchbay_id": "call_1"])
        server.set { $0.answers = [HubSpotServer.error(404, "OBJECT_NOT_FOUND", "resource not found")] }
        try crm.load(config())
        #expect(try crm.write(CrmBench.outcome()) == "calls/\(id)")
        #expect(server.all("calls").count == 1)
    }

    @Test
    func `score and stage are the contact's, in the account's own words, and older ones do not replace newer ones`()
        throws
    {
        try crm.load(config(["stage_values": ["hot": "OPEN_DEAL"], "stage_property": "hs_lead_status"]))
        try crm.write(CrmBench.standing(80, "hot", at: "2026-11-23T10:00:00.000Z"))
        try crm.write(CrmBench.standing(20, "cold", at: "2026-11-23T09:00:00.000Z"))
        let contact = try #require(server.all("contacts").first)
        #expect(contact.properties["patchbay_score"] == "80" && contact.properties["hs_lead_status"] == "OPEN_DEAL")
        #expect(contact.properties["patchbay_scored_at"] == "2026-11-23T10:00:00.000Z")
        try crm.write(CrmBench.standing(60, "warm", at: "2026-11-23T11:00:00.000Z"))
        #expect(server.all("contacts").first?.properties["hs_lead_status"] == "warm")
        #expect(server.all("contacts").count == 1 && server.complaints.isEmpty)
    }

    @Test func `a lead that came from HubSpot is written to by its own name, whatever its number is now`() throws {
        let id = server.put("contacts", ["phone": "+49301"])
        try crm.load(config())
        #expect(try crm.write(CrmBench.standing(80, "hot", lead: "hubspot:\(id)")) == "contacts/\(id)")
        try crm.write(CrmBench.outcome("call_1", ["lead_id": .string("hubspot:\(id)")]))
        #expect(server.all("contacts").count == 1 && server.all("calls").first?.contacts.map(\.id) == [id])
        let failure = try crm.failure(CrmBench.standing(81, "hot", lead: "hubspot:9"))
        #expect(!failure.isRetryable && failure.code == .invalid && failure.message.contains("no contact 9"))
    }

    @Test func `a review is written to its call, and waits for it where it comes first`() throws {
        try crm.load(config())
        let failure = try crm.failure(CrmBench.review())
        // About this record alone: others must not wait for it.
        #expect(failure.isRetryable && failure.code == .invalid && failure.retryAfter == .seconds(30))
        #expect(failure.message.contains("the call call_1 is not there yet"))
        let reference = try crm.write(CrmBench.outcome())
        #expect(try crm.write(CrmBench.review()) == reference)
        let call = try #require(server.all("calls").first)
        #expect(
            call.properties["patchbay_sentiment"] == "positive" && call.properties["patchbay_resolution"] == "resolved"
        )
        #expect(call.properties["patchbay_summary"] == "A repair is booked.")
    }

    @Test func `what an agent's tool says becomes a note beside the contact, once`() throws {
        try crm.load(config())
        let reference = try crm.write(CrmBench.note())
        #expect(try crm.write(CrmBench.note()) == reference && reference.hasPrefix("notes/"))
        let note = try #require(server.all("notes").first)
        #expect(server.all("notes").count == 1 && note.contacts.first?.type == 202)
        let body = "Note: call.note<br>Wants a call back<br>urgent: true<br>Call: call_1"
        #expect(note.properties["hs_note_body"] == body && note.properties["patchbay_id"] == "evt_note")
    }

    @Test(arguments: ["", "anonymous", "+266696687", "sip:desk@example.com"])
    func `a caller who withheld the number is no contact`(number: String) throws {
        try crm.load(config())
        try crm.write(CrmBench.outcome(from: number))
        #expect(server.all("contacts").isEmpty && server.all("calls").first?.contacts.isEmpty == true)
    }

    @Test func `an outbound call is told of with the number that was called, and with what became of it`() throws {
        try crm.load(config())
        let more: JSONObject = ["direction": "outbound", "to": "+49 (30) 777-77", "disposition": "no_answer"]
        try crm.write(CrmBench.outcome("call_1", more))
        #expect(server.all("contacts").first?.properties["phone"] == "+493077777")
        let call = try #require(server.all("calls").first)
        #expect(call.properties["hs_call_direction"] == "OUTBOUND" && call.properties["hs_call_status"] == "NO_ANSWER")
        #expect(call.properties["hs_call_disposition"] == nil)
    }

    // MARK: Leads

    @Test func `leads come page by page, in the order of their changes, and then only what is new`() throws {
        for number in 0..<5 {
            let changed = "\(1_767_261_600_000 + number / 2 * 1000)"
            server.put(
                "contacts",
                ["phone": "+4930\(number)0000", "firstname": "A", "lastname": "\(number)", "lastmodifieddate": changed]
            )
        }
        server.put("contacts", ["phone": "no number", "lastmodifieddate": "1767261600000"])
        try crm.load(config(["leads_filters": [["propertyName": "lastname", "operator": "NEQ", "value": "3"]]]))
        var (cursor, names) = ("", Set<String>())
        for _ in 0..<20 {
            let page = try crm.leads(cursor, limit: 2)
            for lead in page.leads { names.insert(lead["name"]?.string ?? "") }
            if page.next == cursor { break }
            cursor = page.next
        }
        #expect(names == ["A 0", "A 1", "A 2", "A 4"])
        #expect(try crm.leads(cursor).next == cursor)
        let id = server.put(
            "contacts",
            ["mobilephone": "+4930555", "email": "n@x.de", "lastmodifieddate": "1767261700000"]
        )
        let lead: JSON = [
            "external_id": .string("hubspot:\(id)"), "phone": "+4930555", "name": "", "metadata": ["email": "n@x.de"],
        ]
        #expect(try crm.leads(cursor).leads.contains(lead))
        #expect(server.complaints.isEmpty)
    }

    @Test func `more changes at one moment than a page holds lose nobody`() throws {
        for number in 0..<25 {
            let changed = number < 20 ? "1767261600000" : "1767261601000"
            server.put("contacts", ["phone": "+4930\(1000 + number)", "lastmodifieddate": changed])
        }
        try crm.load(config())
        var (cursor, phones) = ("", Set<String>())
        for _ in 0..<30 {
            let page = try crm.leads(cursor, limit: 4)
            for lead in page.leads { phones.insert(lead["phone"]?.string ?? "") }
            if page.next == cursor { break }
            cursor = page.next
        }
        #expect(phones.count == 25)
    }

    @Test func `the last minute's changes are asked for again, since the index may not have them all`() throws {
        let now = Int(time(nil)) * 1000
        server.put("contacts", ["phone": "+4930123456", "lastmodifieddate": "\(now)"])
        try crm.load(config())
        let next = try #require(Int(try crm.leads("").next))
        #expect(next <= now - 50_000 && next >= now - 70_000)
    }

    @Test func `a cursor that is none is refused by its name`() throws {
        try crm.load(config())
        let failure = try crm.failure(["op": "leads", "cursor": "a/b/c", "limit": 5])
        #expect(failure.message.hasPrefix("cursor: ") && !failure.isRetryable)
    }
}
