import Core
import IO
import JSONKit

/// `POST /campaigns/wanted`: a CRM wants a campaign to start. `{"campaign"*: its name, "at_once": false, "id": of this wish, so
/// that it may be posted again}`. What is taken is durable as `campaign.wanted` before it is answered, with 202; whether it
/// can be carried out is found later, and what cannot is parked with its reason.
struct CampaignWishes: Sendable {
    let services: GatewayServices

    func handle(_ request: HTTPRequest, on loop: SocketLoop, _ respond: @escaping (HTTPResponse) -> Void) {
        guard let secret = services.wishSecret else { return respond(.text(404, "nothing is here")) }
        let posted = PostedSecret(setting: "dialing.start_secret", secret: secret, longest: 4096)
        if let refusal = posted.refusal(of: request) { return refuse(refusal, respond) }
        let event: Event
        do throws(FieldError) { event = try Self.event(request.body) } catch {
            return refuse(PostedSecret.Refusal("malformed", .text(400, error.description)), respond)
        }
        let (keep, answer) = (services.keep, LoopBound(respond, loop))
        Task {
            let isKept = await keep([event])
            loop.perform {
                answer.with { $0(isKept ? .text(202, "taken") : .text(503, "cannot be kept now")) }
            }
        }
    }

    private static func event(_ body: [UInt8]) throws(FieldError) -> Event {
        guard let json = try? JSON(parsing: String(decoding: body, as: UTF8.self)) else {
            throw FieldError(path: "the body", problem: "is no JSON; post {\"campaign\": its name}")
        }
        let fields = try Fields(json)
        let campaign = try fields.string("campaign")
        let isAtOnce = try fields.bool("at_once", default: false)
        let id = try fields.optionalString("id")
        try fields.finish()
        guard !campaign.isEmpty else { throw fields.error("campaign", "is empty; say the campaign's name") }
        return Event(
            .campaignWanted,
            key: campaign,
            data: ["at_once": .bool(isAtOnce)],
            id: id.map { EventID(of: "campaign.wanted/\($0)") } ?? .make()
        )
    }

    private func refuse(_ refusal: PostedSecret.Refusal, _ respond: (HTTPResponse) -> Void) {
        if let reason = refusal.reason {
            Refusals.count(plugin: "campaigns", reason: reason)
            let text = String(decoding: refusal.response.body, as: UTF8.self)
            Log("gateway").warning("a wish for a campaign was refused", ["reason": .string(text)])
        }
        respond(refusal.response)
    }
}
