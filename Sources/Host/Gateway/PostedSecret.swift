import Core
import IO
import JSONKit

/// The secret that others say when they post something that is theirs to tell: as a bearer's token, or as the password of any
/// name.
struct PostedSecret: Sendable {
    /// Why a request is not taken.
    struct Refusal {
        /// As it is counted; nil: nobody's fault but ours.
        let reason: String?
        let response: HTTPResponse

        init(_ reason: String?, _ response: HTTPResponse) { (self.reason, self.response) = (reason, response) }
    }

    /// The setting that names it.
    let setting: String
    /// Nil where it is not there.
    let secret: @Sendable () -> String?
    /// Bytes of a body, at the most.
    let longest: Int

    /// Nil: it is a `POST` that says the secret, and no longer than it may be.
    func refusal(of request: HTTPRequest) -> Refusal? {
        guard request.method == "POST" else {
            var response = HTTPResponse.text(405, "use POST")
            response.headers.append(("allow", "POST"))
            return Refusal(nil, response)
        }
        guard let wanted = secret(), !wanted.isEmpty else {
            Log("gateway").error("a secret is not there", ["setting": .string(setting)])
            return Refusal(nil, .text(503, "the secret is not there"))
        }
        guard let header = request.header("authorization") else {
            // Whoever knows a name and a password says them only when asked.
            var response = HTTPResponse.text(401, "say the secret")
            response.headers.append(("www-authenticate", "Basic realm=\"patchbay\""))
            return Refusal("no_token", response)
        }
        guard let said = Self.token(header), Self.isSame(said, wanted) else {
            return Refusal("token", .text(403, "this is not the secret"))
        }
        guard request.body.count <= longest else {
            return Refusal("malformed", .text(413, "more than \(longest) bytes"))
        }
        return nil
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
