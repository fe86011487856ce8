import JSONKit
import PluginKit

/// A service account of Google Cloud, as the file with its key tells it.
struct ServiceAccount {
    let email: String
    let tokenURL: String
    private let keyNumber: String
    /// PKCS #8 in PEM.
    private let key: String

    private static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// The longest that Google allows.
    private static let lifetime = 3600
    /// A clock that is a little fast would be refused as one that signs in the future.
    private static let tolerance = 10

    /// Reads the file's content. Errors name the member and the secret, never what is in it.
    /// - Throws: `.refused`.
    init(_ file: String, secret: String) throws(PluginProblem) {
        func problem(_ text: String) -> PluginProblem { PluginProblem(.refused, "the secret \(secret): \(text)") }
        guard let json = try? JSON(parsing: file), json.object != nil else {
            throw problem("is no JSON; it must hold the whole key file of a service account")
        }
        func member(_ name: String) throws(PluginProblem) -> String {
            guard let text = json[name]?.string, !text.isEmpty else {
                throw problem("\(name) is missing; it must hold the whole key file of a service account")
            }
            return text
        }
        email = try member("client_email")
        key = try member("private_key")
        keyNumber = json["private_key_id"]?.string ?? ""
        tokenURL = json["token_uri"]?.string ?? "https://oauth2.googleapis.com/token"
        guard tokenURL.hasPrefix("https://") || tokenURL.hasPrefix("http://") else {
            throw problem("token_uri must begin with https://")
        }
    }

    /// A signed statement (RFC 7523) that is exchanged for a token.
    /// - Throws: `.refused` if the key is none.
    func assertion(unixSeconds: Int) throws(PluginProblem) -> String {
        let issued = unixSeconds - Self.tolerance
        let claims: JSON = [
            "iss": .string(email), "scope": .string(Self.scope), "aud": .string(tokenURL), "iat": .int(Int64(issued)),
            "exp": .int(Int64(issued + Self.lifetime)),
        ]
        guard let token = try readKey().token(claims, keyNumber: keyNumber) else { throw unusable }
        return token
    }

    /// Checks that the key can be read.
    func check() throws(PluginProblem) { _ = try readKey() }

    private func readKey() throws(PluginProblem) -> RSAKey {
        guard let key = RSAKey(pem: key) else { throw unusable }
        return key
    }

    private var unusable: PluginProblem {
        PluginProblem(.refused, "the private_key of \(email) is no RSA key in PEM without a password")
    }
}
