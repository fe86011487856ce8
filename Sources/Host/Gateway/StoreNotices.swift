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
        guard request.method == "POST" else {
            var response = HTTPResponse.text(405, "use POST")
            response.headers.append(("allow", "POST"))
            return respond(response)
        }
        guard let wanted = secret(), !wanted.isEmpty else {
            Log("gateway").error("the secret of recordings.notification_secret is not there")
            return respond(.text(503, "the secret is not there"))
        }
        guard let header = request.header("authorization") else {
            // A store that knows a name and a password says them only when it is asked.
            var response = HTTPResponse.text(401, "say the secret")
            response.headers.append(("www-authenticate", "Basic realm=\"patchbay\""))
            return refuse("no_token", response, respond)
        }
        guard let said = Self.token(header), Self.isSame(said, wanted) else {
            return refuse("token", .text(403, "this is not the secret"), respond)
        }
        guard request.body.count <= Self.longest else {
            return refuse("malformed", .text(413, "more than \(Self.longest) bytes"), respond)
        }
        do throws(ObjectNotice.Problem) { take(try ObjectNotice.read(request.body), on: loop, respond) } catch {
            refuse("malformed", .text(400, error.text), respond)
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

    private func refuse(_ reason: String, _ response: HTTPResponse, _ respond: (HTTPResponse) -> Void) {
        Refusals.count(plugin: "recordings", reason: reason)
        Log("gateway").warning(
            "a blob store's notification was refused",
            ["reason": .string(String(decoding: response.body, as: UTF8.self))]
        )
        respond(response)
    }

    /// `Bearer TOKEN`, or `Basic` with the token as the password.
    static func token(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "bearer": return String(parts[1])
        case "basic":
            guard let pair = base64(parts[1]), let colon = pair.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            return String(validating: pair[pair.index(after: colon)...], as: UTF8.self)
        default: return nil
        }
    }

    /// Takes the same time wherever they differ: what is compared are digests.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        Digest.sha256(Array(one.utf8)) == Digest.sha256(Array(other.utf8))
    }

    private static func base64(_ text: Substring) -> [UInt8]? {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var (held, bits) = (0, 0)
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            guard let value = digits.firstIndex(of: byte) else { return nil }
            (held, bits) = ((held << 6 | value) & 0xFFFF, bits + 6)
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> bits))
            }
        }
        return bytes
    }
}
