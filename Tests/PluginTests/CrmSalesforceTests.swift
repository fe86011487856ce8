import Core
import JSONKit
import PluginHost
import Testing

/// Against a server that checks each signature by itself, and judges every request.
@Suite struct CrmSalesforceTests {
    private let server = SalesforceServer(.shared)
    private let crm: CrmBench

    init() throws {
        crm = try CrmBench("crm-salesforce")
        crm.bench.secret("salesforce_private_key", GoogleAccount.shared.pem)
    }

    private func config(_ more: JSONObject = [:]) -> JSONObject {
        var config: JSONObject = [
            "login_url": .string(server.url), "consumer_key": "key", "username": "robot@example.com",
        ]
        for (name, value) in more { config[name] = value }
        return config
    }

    @Test func `an outcome becomes a task of the lead that has the number`() throws {
        server.put("Lead", ["Patchbay_Phone__c": "+4930999", "LastName": "Somebody else"])
        let anna = server.put("Lead", ["Patchbay_Phone__c": "+4930123456", "LastName": "Anna"])
        try crm.load(config(["dispositions": ["repair_booked": "Booked"], "owner_id": "005000000000001AAA"]))
        #expect(try crm.write(CrmBench.outcome()).hasPrefix("Task/00T"))
        let task = try #require(server.all("Task").first)
        let wanted: JSONObject = [
            "WhoId": .string(anna), "Subject": "Call: repair booked", "Status": "Completed", "TaskSubtype": "Call",
            "CallType": "Inbound", "CallDurationInSeconds": 65, "CallDisposition": "Booked",
            "ActivityDate": "2026-11-23", "CallObject": "call_1", "Patchbay_Id__c": "call_1",
            "OwnerId": "005000000000001AAA",
        ]
        for (name, value) in wanted { #expect(task[name] == value, "\(name)") }
        let text = try #require(task["Description"]?.string)
        #expect(text.hasPrefix("Disposition: repair_booked\n") && text.hasSuffix("caller: My <bike> & I"))
        #expect(server.all("Lead").count == 2 && server.logins == 1 && server.complaints.isEmpty)
    }

    @Test func `a caller nobody knows becomes one lead, however many calls of theirs are told of at once`() throws {
        try crm.load(config(["new_lead": ["LastName": "Caller", "LeadSource": "Phone"]]))
        #expect(crm.writeAtOnce((1...6).map { CrmBench.outcome("call_\($0)") }) == 6)
        let lead = try #require(server.all("Lead").first)
        #expect(server.all("Lead").count == 1 && server.all("Task").count == 6 && server.logins == 1)
        #expect(lead["LastName"] == "Caller" && lead["Company"] == "Unknown" && lead["LeadSource"] == "Phone")
        #expect(lead["Phone"] == "+4930123456" && lead["Patchbay_Phone__c"] == "+4930123456")
        #expect(server.complaints.isEmpty)
    }

    @Test(arguments: [1, 2])
    func `a record whose answer was lost is not written twice, also by a host that remembers nothing`(lost: Int) throws
    {
        try crm.load(config())
        // The first write makes the lead, the second the task.
        if lost == 2 { server.put("Lead", ["Patchbay_Phone__c": "+4930123456"]) }
        server.set { $0.drops = 1 }
        #expect(try crm.failure(CrmBench.outcome()).isRetryable)
        try crm.restart(config())
        let reference = try crm.write(CrmBench.outcome())
        #expect(try crm.write(CrmBench.outcome()) == reference)
        #expect(server.all("Lead").count == 1 && server.all("Task").count == 1 && server.complaints.isEmpty)
    }

    @Test func `score and stage are the lead's, in the org's own words, and older ones do not replace newer ones`()
        throws
    {
        try crm.load(config(["stage_values": ["hot": "Hot"], "stage_field": "Rating"]))
        let reference = try crm.write(CrmBench.standing(80, "hot", at: "2026-11-23T10:00:00.000Z"))
        #expect(reference.hasPrefix("Lead/00Q"))
        try crm.write(CrmBench.standing(20, "cold", at: "2026-11-23T09:00:00.000Z"))
        #expect(server.all("Lead").first?["Patchbay_Score__c"] == 80 && server.all("Lead").first?["Rating"] == "Hot")
        try crm.write(CrmBench.standing(60, "warm", at: "2026-11-23T11:00:00.000Z"))
        let lead = try #require(server.all("Lead").first)
        #expect(server.all("Lead").count == 1 && lead["Patchbay_Score__c"] == 60 && lead["Rating"] == "warm")
        // What people have entered stays.
        #expect(lead["LastName"] == "+4930123456" && lead["Patchbay_Scored_At__c"] == "2026-11-23T11:00:00.000Z")
        #expect(server.complaints.isEmpty)
    }

    @Test func `a lead that came from Salesforce is written to by its own name, whatever its number is now`() throws {
        let id = server.put("Lead", ["LastName": "Anna", "Phone": "+49301"])
        try crm.load(config())
        #expect(try crm.write(CrmBench.standing(80, "hot", lead: id)) == "Lead/\(id)")
        try crm.write(CrmBench.outcome("call_1", ["lead_id": .string(id)]))
        #expect(server.all("Lead").count == 1 && server.all("Task").first?["WhoId"]?.string == id)
    }

    @Test func `calls with a converted lead are the contact's, and its scores are put aside with the reason`() throws {
        server.put(
            "Lead",
            ["Patchbay_Phone__c": "+4930123456", "IsConverted": true, "ConvertedContactId": "003000000000001AAA"]
        )
        try crm.load(config())
        try crm.write(CrmBench.outcome())
        #expect(server.all("Task").first?["WhoId"] == "003000000000001AAA")
        let failure = try crm.failure(CrmBench.standing(80, "hot"))
        #expect(!failure.isRetryable && failure.code == .invalid && failure.message.contains("was converted"))
    }

    @Test func `a review is written to its call, and waits for it where it comes first`() throws {
        try crm.load(config())
        let failure = try crm.failure(CrmBench.review())
        #expect(failure.isRetryable && failure.code == .invalid && failure.retryAfter == .seconds(30))
        #expect(failure.message.contains("the call call_1 is not there yet"))
        try crm.write(CrmBench.outcome())
        try crm.write(CrmBench.review())
        let task = try #require(server.all("Task").first)
        #expect(task["Patchbay_Sentiment__c"] == "positive" && task["Patchbay_Summary__c"] == "A repair is booked.")
        #expect(server.all("Task").count == 1 && server.complaints.isEmpty)
    }

    @Test func `what an agent's tool says becomes a task of the lead, once`() throws {
        try crm.load(config())
        let reference = try crm.write(CrmBench.note())
        #expect(try crm.write(CrmBench.note()) == reference)
        let task = try #require(server.all("Task").first)
        #expect(server.all("Task").count == 1 && task["Subject"] == "Note: call.note" && task["TaskSubtype"] == nil)
        #expect(task["Description"] == "Wants a call back\nurgent: true\nCall: call_1")
        #expect(task["WhoId"] == server.all("Lead").first?["Id"])
    }

    @Test func `a caller who withheld the number is no lead`() throws {
        try crm.load(config())
        try crm.write(CrmBench.outcome(from: "anonymous"))
        #expect(server.all("Lead").isEmpty && server.all("Task").first?["WhoId"] == nil)
    }

    // MARK: Tokens

    @Test func `a session that has ended is replaced once, and the record is written`() throws {
        try crm.load(config())
        try crm.write(CrmBench.outcome("call_1"))
        server.endSessions()
        try crm.write(CrmBench.outcome("call_2"))
        #expect(server.logins == 2 && server.all("Task").count == 2)
    }

    @Test(arguments: ["refresh_token", "client_credentials"])
    func `an app without a certificate proves itself with its secret`(grant: String) throws {
        crm.bench.secret("salesforce_client_secret", "c/s")
        crm.bench.secret("salesforce_refresh_token", "r+t")
        try crm.load(["login_url": .string(server.url), "consumer_key": "key", "grant": .string(grant)])
        try crm.write(CrmBench.outcome())
        #expect(server.all("Task").count == 1 && server.complaints.isEmpty)
    }

    // MARK: Leads

    @Test func `leads come page by page, in the order of their changes, and then only what is new`() throws {
        for number in 0..<7 {
            let moment = "2026-01-01T10:00:0\(number / 3).000Z"
            server.put(
                "Lead",
                [
                    "Phone": .string("+4930\(number)0000"), "Name": .string("L \(number)"),
                    "SystemModstamp": .string(moment),
                ]
            )
        }
        server.put("Lead", ["Name": "Nobody", "SystemModstamp": "2026-01-01T10:00:00.000Z"])
        try crm.load(config(["leads_where": "Status = 'Open'", "leads_fields": ["LeadSource"]]))
        var (cursor, names) = ("", [String]())
        for _ in 0..<20 {
            let page = try crm.leads(cursor, limit: 2)
            names += page.leads.compactMap { $0["name"]?.string }
            if page.next == cursor { break }
            cursor = page.next
        }
        #expect(names == (0..<7).map { "L \($0)" })
        #expect(server.queries.allSatisfy { $0.contains("WHERE IsConverted = false AND (Status = 'Open')") })
        let id = server.put(
            "Lead",
            ["MobilePhone": "+4930555", "LeadSource": "Web", "SystemModstamp": "2026-01-02T10:00:00.000Z"]
        )
        let lead: JSON = [
            "external_id": .string(id), "phone": "+4930555", "name": "", "metadata": ["LeadSource": "Web"],
        ]
        #expect(try crm.leads(cursor).leads == [lead] && server.complaints.isEmpty)
    }

    @Test func `the last minute's changes are asked for again, since they may not be there for others yet`() throws {
        let now = Timestamp.now()
        server.put("Lead", ["Phone": "+4930123456", "SystemModstamp": .string(now.description)])
        try crm.load(config())
        let next = try crm.leads("").next
        #expect(next < Timestamp(unixMilliseconds: now.unixMilliseconds - 50_000).description)
        #expect(next.hasSuffix("/000000000000000"))
        #expect(try crm.leads(next).leads.count == 1)
    }

    @Test(arguments: ["x", "2026-01-01T10:00:00.000Z/' OR Name != '", "2026-01-01T10:00:00.000Z/00Q'000000000000"])
    func `a cursor that is none is refused by its name`(cursor: String) throws {
        try crm.load(config())
        let failure = try crm.failure(["op": "leads", "cursor": .string(cursor), "limit": 5])
        #expect(failure.message.hasPrefix("cursor: ") && !failure.isRetryable && server.queries.isEmpty)
    }
}
