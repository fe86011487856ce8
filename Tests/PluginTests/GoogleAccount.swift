import CCrypto
import Glibc
import JSONKit

/// A service account made for a test: its key file, and whether a statement is signed by it.
///
/// Unchecked: the key is only read.
final class GoogleAccount: @unchecked Sendable {
    static let shared = GoogleAccount()
    static let email = "caller@project.iam.gserviceaccount.com"

    let pem: String
    /// The half that anybody may have.
    let publicPEM: String
    private let key: OpaquePointer

    init() {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
        EVP_PKEY_keygen_init(context)
        EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048)
        var made: OpaquePointer?
        EVP_PKEY_keygen(context, &made)
        EVP_PKEY_CTX_free(context)
        key = made!
        let key = key
        pem = Self.text { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
        publicPEM = Self.text { PEM_write_bio_PUBKEY($0, key) }
    }

    private static func text(_ write: (OpaquePointer?) -> Int32) -> String {
        let output = BIO_new(BIO_s_mem())
        defer { BIO_free(output) }
        _ = write(output)
        var text = [CChar](repeating: 0, count: 8192)
        let count = BIO_read(output, &text, Int32(text.count))
        return String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { EVP_PKEY_free(key) }

    /// The key file, as the console gives it.
    func file(tokenURL: String) -> String {
        let json: JSON = [
            "type": "service_account", "project_id": "project", "private_key_id": "k1", "private_key": .string(pem),
            "client_email": .string(Self.email), "token_uri": .string(tokenURL),
        ]
        return "\(json)\n"
    }

    /// Whether RSASSA-PKCS1-v1_5 with SHA-256 says that this account signed it.
    func hasSigned(_ statement: String, _ signature: [UInt8]) -> Bool {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        let bytes = Array(statement.utf8)
        return EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }
}
