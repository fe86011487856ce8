import CCrypto

/// A private RSA key that signs statements, for services that know its public half.
///
/// Unchecked: the key is read-only once it is made, and libcrypto counts its uses.
public final class RSAKey: @unchecked Sendable {
    private let key: OpaquePointer

    /// Reads PKCS #8 in PEM; nil for what is no RSA key, or wants a password.
    public init?(pem: String) {
        let bytes = Array(pem.utf8)
        let source = BIO_new_mem_buf(bytes, Int32(clamping: bytes.count))
        defer { BIO_free(source) }
        // The library's own way to ask for a password would wait at a terminal.
        guard let key = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil) else {
            ERR_clear_error()
            return nil
        }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            EVP_PKEY_free(key)
            return nil
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// RSASSA-PKCS1-v1_5 with SHA-256; nil if the key cannot.
    public func sign(_ bytes: [UInt8]) -> [UInt8]? {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var length = 0
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, nil, &length, bytes, bytes.count) == 1
        else { return nil }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, bytes, bytes.count) == 1 else { return nil }
        return Array(signature.prefix(length))
    }

    /// SHA-256 of the public half, as its SubjectPublicKeyInfo in DER.
    public var fingerprint: [UInt8] {
        var der: UnsafeMutablePointer<UInt8>?
        let length = i2d_PUBKEY(key, &der)
        defer { CRYPTO_free(der, "", 0) }
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256(der, max(0, Int(length)), &digest)
        return digest
    }
}
