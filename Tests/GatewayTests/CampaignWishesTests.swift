import Core
import IO
import JSONKit
import Testing

@testable import Gateway

/// What a CRM posts when it wants a campaign to start.
@Suite(.serialized) struct CampaignWishesTests {
    private func post(_ desk: Desk, _ body: String, secret: String? = "come in") async throws -> (Int, String) {
        let headers = secret.map { [("authorization", "Bearer \($0)")] } ?? []
        let answer = try await desk.request("POST", "/campaigns/wanted", headers: headers, body: Array(body.utf8))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    private func desk(_ isKept: Bool = true) throws -> Desk {
        try Desk {
            $0.wishSecret = { "come in" }
            if !isKept { $0.keep = { _ in false } }
        }
    }

    @Test func `a wish is durable before it is answered, and with an identifier it may come again`() async throws {
        let desk = try desk()
        for _ in 0..<2 {
            let body = "{\"campaign\": \"spring\", \"at_once\": true, \"id\": \"deal-7\"}"
            #expect(try await post(desk, body).0 == 202)
        }
        #expect(try await post(desk, "{\"campaign\": \"summer\"}").0 == 202)
        let events = desk.events(.campaignWanted)
        #expect(events.map(\.key) == ["spring", "spring", "summer"])
        #expect(events[0].data == ["at_once": true] && events[2].data == ["at_once": false])
        #expect(events[0].id == events[1].id)
        #expect(try await post(self.desk(false), "{\"campaign\": \"spring\"}").0 == 503)
    }

    @Test(arguments: [
        ("", "no JSON"), ("[]", "must be an object"), ("{}", "campaign: is required"),
        ("{\"campain\": \"spring\"}", "is it meant by campain?"), ("{\"campaign\": \"\"}", "campaign: is empty"),
        ("{\"campaign\": \"a\", \"at_once\": \"now\"}", "at_once: must be true or false"),
    ])
    func `what is no wish is refused with the member and the fix`(body: String, text: String) async throws {
        let desk = try desk()
        let (status, answer) = try await post(desk, body)
        #expect(status == 400 && answer.contains(text), "\(answer)")
        #expect(desk.events(.campaignWanted).isEmpty)
    }

    @Test func `whoever does not know the secret starts nothing, and without one nobody is heard`() async throws {
        let desk = try desk()
        #expect(try await post(desk, "{\"campaign\": \"spring\"}", secret: "let me in").0 == 403)
        #expect(try await post(desk, "{\"campaign\": \"spring\"}", secret: nil).0 == 401)
        #expect(try await post(Desk(), "{\"campaign\": \"spring\"}").0 == 404)
        #expect(desk.events(.campaignWanted).isEmpty)
    }
}
