import Core
import JSONKit
import Testing

@testable import patchbay

struct LeadDeliveryTests {
    @Test func `the CRM hears of a lead's score and stage by the lead's identifier, whoever tells`() {
        for topic in [Topic.leadUpdated, .leadScored] {
            let event = Event(topic, key: "lead_1", data: ["score": 71, "stage": "hot"])
            let message = CRMConsumer.message(event)
            #expect(message["type"] == "lead.updated")
            #expect(message["data"]?["lead_id"] == "lead_1" && message["data"]?["call_id"] == nil)
            #expect(message["data"]?["score"] == 71 && message["data"]?["stage"] == "hot")
        }
        #expect(CRMConsumer.topics.contains(.leadUpdated))
    }
}
