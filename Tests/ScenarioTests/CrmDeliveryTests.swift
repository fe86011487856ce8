import Console
import JSONKit
import Services
import Testing

/// Facts on their way to a CRM, by the host's own courier.
@Suite(.serialized) struct CrmDeliveryTests {
    @Test
    func `a score waits while the token is wrong and says why, and stands in HubSpot once though an answer is lost`()
        async throws
    {
        let hubspot = try SimulatedHubSpot()
        defer { hubspot.stop() }
        let host = try TestHost { configuration in
            configuration["plugins"] = .array(
                (configuration["plugins"]?.array ?? []) + [
                    [
                        "path": .string("\(TestHost.binaries)/libcrm-hubspot.so"),
                        "config": ["base_url": .string(hubspot.address)],
                    ]
                ]
            )
            var routes = configuration["routes"]?.object ?? [:]
            routes["crm"] = [["plugin": "crm-hubspot"]]
            configuration["routes"] = .object(routes)
        }
        try host.keep("pat-wrong", as: "hubspot_token")
        try host.start()
        func append(_ score: Int64) throws {
            let event: JSON = [
                "topic": "lead.scored", "key": "lead_1", "id": .string("score-0\(score)"),
                "data": ["score": .int(score), "stage": "hot", "phone": "+4930123456"],
            ]
            _ = try host.client().call("event.append", ["events": [event]])
        }
        try append(800)
        try await Patience.wait(for: "a refusal") { hubspot.refusals > 0 }
        try await Patience.wait(for: "the reason") {
            let waiting = try host.client().call("delivery.list", ["consumer": "crm"])["items"]?[0]
            let reason = waiting?["error"]?.string ?? ""
            return waiting?["state"] == "waiting" && reason.contains("HubSpot: HTTP 401")
                && reason.contains("token_secret")
        }
        #expect(hubspot.contacts.isEmpty)
        try host.keep(SimulatedHubSpot.token, as: "hubspot_token")
        // What failed for a wrong setting comes again after a minute; the next one need not wait for it. Its contact is made,
        // the answer is lost, and it is found again.
        try append(801)
        try await Patience.wait(for: "the delivery", seconds: 40) { try host.topics().contains("crm.delivered") }
        let contact = try #require(hubspot.contacts.first)
        #expect(hubspot.contacts.count == 1 && contact["patchbay_score"] == "801")
        #expect(contact["phone"] == "+4930123456" && contact["patchbay_stage"] == "hot")
        let delivered = try #require(try host.events().first { $0["topic"] == "crm.delivered" })
        #expect(delivered["data"]?["reference"] == "contacts/1" && delivered["key"] == "lead_1")
    }
}
