import CCrypto
import ProviderKit

/// Signatures of the Standard Webhooks specification (standardwebhooks.com): HMAC-SHA256 over identifier, time and body.
struct WebhookSigner: Sendable {
    let keys: [[UInt8]]

    /// The bytes of `whsec_` and base64; nil: it is none, or not of 24 to 64 bytes.
    static func key(_ secret: String) -> [UInt8]? {
        guard secret.hasPrefix("whsec_"), let bytes = Base64.decode(String(secret.dropFirst(6))),
            (24...64).contains(bytes.count)
        else { return nil }
        return bytes
    }

    /// The header `webhook-signature`: one signature for each key. `seconds`: since 1970, of this try.
    func signature(id: String, seconds: Int64, body: [UInt8]) -> String {
        let message = Array("\(id).\(seconds).".utf8) + body
        return keys.map { "v1,\(Base64.encode(Self.authenticate(message, $0)))" }.joined(separator: " ")
    }

    private static func authenticate(_ message: [UInt8], _ key: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &length)
        return Array(digest[..<Int(length)])
    }
}
