import CCrypto
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
        var header: JSONObject = ["alg": "RS256", "typ": "JWT"]
        if !keyNumber.isEmpty { header["kid"] = .string(keyNumber) }
        let issued = unixSeconds - Self.tolerance
        let claims: JSON = [
            "iss": .string(email), "scope": .string(Self.scope), "aud": .string(tokenURL), "iat": .int(Int64(issued)),
            "exp": .int(Int64(issued + Self.lifetime)),
        ]
        func part(_ json: JSON) -> String { Base64.encode(json.description.utf8, .url) }
        let statement = "\(part(.object(header))).\(part(claims))"
        return "\(statement).\(Base64.encode(try sign(Array(statement.utf8)), .url))"
    }

    /// Checks that the key can be read.
    func check() throws(PluginProblem) { EVP_PKEY_free(try readKey()) }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    private func sign(_ bytes: [UInt8]) throws(PluginProblem) -> [UInt8] {
        let key = try readKey()
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        var length = 0
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, nil, &length, bytes, bytes.count) == 1
        else { throw unusable }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, bytes, bytes.count) == 1 else { throw unusable }
        return Array(signature.prefix(length))
    }

    private func readKey() throws(PluginProblem) -> OpaquePointer {
        let bytes = Array(key.utf8)
        let source = BIO_new_mem_buf(bytes, Int32(clamping: bytes.count))
        defer { BIO_free(source) }
        // The library's own way to ask for a password would wait at a terminal.
        let key = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil)
        guard let key else {
            ERR_clear_error()
            throw unusable
        }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            EVP_PKEY_free(key)
            throw unusable
        }
        return key
    }

    private var unusable: PluginProblem {
        PluginProblem(.refused, "the private_key of \(email) is no RSA key in PEM without a password")
    }
}
