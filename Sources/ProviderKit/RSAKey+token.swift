public import JSONKit

extension RSAKey {
    /// A JSON Web Token (RFC 7519) signed with RS256; nil if the key cannot. `keyNumber`: which of several keys, if any.
    public func token(_ claims: JSON, keyNumber: String = "") -> String? {
        var header: JSONObject = ["alg": "RS256", "typ": "JWT"]
        if !keyNumber.isEmpty { header["kid"] = .string(keyNumber) }
        let statement = [.object(header), claims].map { Base64.encode($0.description.utf8, .url) }.joined(
            separator: "."
        )
        return sign(Array(statement.utf8)).map { "\(statement).\(Base64.encode($0, .url))" }
    }
}
