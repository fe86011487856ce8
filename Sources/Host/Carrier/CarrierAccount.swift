import CCrypto

/// Who the simulated carrier is, and how it signs.
public struct CarrierAccount: Sendable {
    /// `AC` and 32 hexadecimal digits.
    public let sid: String
    public let authToken: String

    public init(sid: String = "AC00000000000000000000000000000001", authToken: String) {
        (self.sid, self.authToken) = (sid, authToken)
    }

    /// `X-Twilio-Signature`: HMAC-SHA1 over the URL and the sorted form, in base64.
    public func signature(url: String, form: [(name: String, value: String)] = []) -> String {
        let text = url + form.sorted { $0.name < $1.name }.map { $0.name + $0.value }.joined()
        let key = Array(authToken.utf8)
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 0
        HMAC(EVP_sha1(), key, Int32(key.count), bytes, bytes.count, &digest, &length)
        return Base64.encode(digest)
    }
}
