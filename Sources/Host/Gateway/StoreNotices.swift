import Core
import IO
import JSONKit

/// `POST /recordings/stored`: a blob store tells what it has stored. Whoever posts says the secret, as a bearer's token or as
/// the password of a name. What is taken is durable before it is answered.
struct StoreNotices: Sendable {
    let services: GatewayServices

    /// S3's notices have 64 KB at most; a wrapping has more.
    private static let longest = 512 << 10

    func handle(_ request: HTTPRequest, on loop: SocketLoop, _ respond: @escaping (HTTPResponse) -> Void) {
        guard let secret = services.noticeSecret else { return respond(.text(404, "nothing is here")) }
        let posted = PostedSecret(setting: "recordings.notification_secret", secret: secret, longest: Self.longest)
        if let refusal = posted.refusal(of: request) { return refuse(refusal, respond) }
        do throws(ObjectNotice.Problem) { take(try ObjectNotice.read(request.body), on: loop, respond) } catch {
            refuse(PostedSecret.Refusal("malformed", .text(400, error.text)), respond)
        }
    }

    private func take(
        _ message: ObjectNotice.Message,
        on loop: SocketLoop,
        _ respond: @escaping (HTTPResponse) -> Void
    ) {
        switch message {
        case .confirmation(let address):
            // Not opened by us: the address is whatever the far side says.
            Log("gateway").warning(
                "a blob store's notifications wait to be confirmed: open this address",
                ["address": .string(address)]
            )
            respond(.text(200, "an operator has to confirm"))
        case .notices(let notices):
            let (keep, answer) = (services.keep, LoopBound(respond, loop))
            let events = notices.map(\.event)
            Task {
                let isKept = events.isEmpty ? true : await keep(events)
                loop.perform {
                    answer.with { $0(isKept ? .text(200, "taken") : .text(503, "cannot be kept now")) }
                }
            }
        }
    }

    private func refuse(_ refusal: PostedSecret.Refusal, _ respond: (HTTPResponse) -> Void) {
        if let reason = refusal.reason {
            Refusals.count(plugin: "recordings", reason: reason)
            Log("gateway").warning(
                "a blob store's notification was refused",
                ["reason": .string(String(decoding: refusal.response.body, as: UTF8.self))]
            )
        }
        respond(refusal.response)
    }
}
