import Campaigns
import Carrier
import Console
import Core
import Glibc
import IO
import JSONKit
import Services
import Store
import Testing

/// Campaigns of real hosts, against the carrier to practise on.
@Suite(.serialized) struct CampaignCallsTests {
    private static let account = "AC00000000000000000000000000000001"

    /// Whom there is to be called, by the end of the number.
    private static let names = ["0101": "busy", "0102": "no answer", "0103": "hangs up", "0104": "unreachable"]

    private func carrier(_ change: (inout Practice) -> Void = { _ in }) throws -> PracticeCarrier {
        var practice = Practice()
        practice.dials = 0.4...0.5
        for (end, name) in Self.names { practice.numbers["+1212555\(end)"] = name }
        change(&practice)
        return try PracticeCarrier(
            port: 0,
            account: CarrierAccount(sid: Self.account, authToken: TestHost.token),
            practice: practice,
            seed: 3,
            speed: 20
        )
    }

    private func host(
        _ carrier: PracticeCarrier,
        _ change: (inout JSONObject) -> Void = { _ in }
    ) throws -> TestHost {
        let url = "http://127.0.0.1:\(carrier.port)"
        return try TestHost { configuration in
            var plugins = configuration["plugins"]?.array ?? []
            plugins[0] = [
                "path": .string("\(TestHost.binaries)/libtelephony-twilio.so"),
                "config": ["account_sid": .string(Self.account), "base_url": .string(url)],
            ]
            configuration["plugins"] = .array(plugins)
            configuration["collections"] = []
            configuration["jobs"] = ["after_call": []]
            change(&configuration)
        }
    }

    /// Leads that may be called now, wherever the sun is; one attempt each.
    private func seed(_ host: TestHost, _ ends: [String]) async throws {
        let (store, now) = (try Store(StateFolder("\(host.folder)/state")), Timestamp.now())
        defer { store.close() }
        var campaign = Campaign(name: "spring", agent: "front-desk", callerIDs: ["+12125550100"], lists: ["l"])
        campaign.pace.callsPerSecond = 20
        for disposition in Disposition.catalogue where disposition.name != "canceled" {
            campaign.retries[disposition.name] = RetryRule(waits: [], maximum: 1)
        }
        let west = (Int(now.unixMilliseconds / 3_600_000 % 24) - 13 + 36) % 24 - 12
        _ = try await store.campaigns.add(
            CampaignRecord(name: "spring", state: "running", body: campaign.json, made: now)
        )
        _ = try await store.leads.add(
            ends.map { end in
                var lead = Lead(list: "l", number: "+1212555\(end)", made: now)
                lead.zone = west == 0 ? "Etc/GMT" : "Etc/GMT\(west > 0 ? "+" : "-")\(abs(west))"
                lead.consent = Consent(.written, at: now, source: "form")
                return lead
            }
        )
    }

    private func ended(_ host: TestHost) throws -> [JSON] {
        try host.events().filter { $0["topic"] == "attempt.ended" }
    }

    private func figures(_ carrier: PracticeCarrier) throws -> JSON {
        let answer = PlainRequest.send("GET", "/practice", port: UInt16(carrier.port))
        return try JSON(parsing: answer?.body ?? "")
    }

    @Test func `a campaign is called through, and each lead is closed with what came of it`() async throws {
        let carrier = try carrier()
        defer { carrier.stop() }
        let host = try host(carrier)
        try await seed(host, Self.names.keys.sorted())
        try host.start()
        try await Patience.wait(for: "four outcomes", seconds: 40) { try ended(host).count == 4 }
        let dispositions = try ended(host).compactMap { $0["data"]?["disposition"]?.string }
        #expect(dispositions.filter { $0 == "busy" }.count == 1)
        #expect(dispositions.filter { $0 == "no_answer" }.count == 1)
        #expect(dispositions.filter { $0 == "invalid" }.count == 1)
        let human = try #require(try ended(host).first { $0["data"]?["person"] == true })
        #expect(["hung_up_early", "completed", "abandoned"].contains(human["data"]?["disposition"]?.string ?? ""))
        let events = try host.events()
        let (intended, placed) = (
            events.firstIndex { $0["topic"] == "attempt.intended" }, events.firstIndex { $0["topic"] == "call.status" }
        )
        #expect(try #require(intended) < #require(placed), "the intent is durable before the carrier hears of it")
        #expect(events.filter { $0["topic"] == "lead.updated" }.count == 4)
        #expect(try figures(carrier)["placed"] == 4)
        host.stop()
    }

    @Test func `a CRM that says the secret starts a campaign`() async throws {
        let carrier = try carrier()
        defer { carrier.stop() }
        let host = try host(carrier) { $0["dialing"] = ["start_secret": "crm_token"] }
        try host.keep("crm-t0ken", as: "crm_token")
        try host.start()
        let campaign = Campaign(name: "spring", agent: "front-desk", callerIDs: ["+12125550100"], lists: ["l"])
        _ = try host.client().call("campaign.put", ["document": campaign.json])
        func state() throws -> JSON? { try host.client().call("campaign.get", ["name": "spring"])["state"] }
        let crm = try TestCarrier()
        var statuses: [Int] = []
        for token in ["forged", "crm-t0ken"] {
            #expect(try state() == "draft")
            let body = Array("{\"campaign\": \"spring\", \"id\": \"deal-7\"}".utf8)
            var request = ClientRequest("POST", "\(host.address)/campaigns/wanted", body: body)
            request.headers = [("authorization", "Bearer \(token)"), ("content-type", "application/json")]
            statuses.append(try await crm.http.fetch(request).status)
        }
        #expect(statuses == [403, 202])
        try await Patience.wait(for: "the campaign") { try state() == "running" }
        host.stop()
    }

    @Test func `rules of an operator that lack a country say so at the start`() throws {
        let host = try TestHost { $0["dialing"] = ["rules": .string("\($0["state"]?.string ?? "")/rules")] }
        let folder = "\(host.folder)/state/rules"
        mkdir("\(host.folder)/state", 0o700)
        mkdir(folder, 0o700)
        let file = try #require(fopen("\(folder)/fr.json", "w"))
        let rules: JSON = [
            "country": "FR", "dated": "2026-11-25", "source": "a test",
            "windows": [["from": "10:00", "until": "20:00"]],
        ]
        fputs(rules.description, file)
        fclose(file)
        try host.start()
        host.stop()
        let told = host.read("\(host.folder)/output").split(separator: "\n").first {
            $0.contains("dialing.rules has no file")
        }
        #expect(told?.contains("US") == true && told?.contains("FR") == false, "\(told ?? "nothing")")
    }

    @Test func `a host killed between the intent and the answer asks the carrier, and calls nobody twice`() async throws
    {
        let carrier = try carrier { practice in
            (practice.faults.answersLate, practice.faults.answerDelay) = (1, 60...60)
        }
        defer { carrier.stop() }
        let host = try host(carrier)
        try await seed(host, ["0102"])
        try host.start()
        // The carrier has it; its answer is to come in three seconds.
        try await Patience.wait(for: "the call") { try figures(carrier)["placed"] == 1 }
        host.kill()
        try host.start()
        try await Patience.wait(for: "the outcome", seconds: 60) { try ended(host).count == 1 }
        let outcome = try #require(try ended(host).first)
        #expect(outcome["data"]?["disposition"] == "no_answer")
        #expect(outcome["data"]?["carrier_call_id"]?.string?.hasPrefix("CA") == true)
        #expect(try figures(carrier)["placed"] == 1)
        #expect(try host.events().count { $0["topic"] == "attempt.intended" } == 1)
        host.stop()
    }
}
