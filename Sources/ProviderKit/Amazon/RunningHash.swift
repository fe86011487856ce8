import CCrypto

/// SHA-256 of bytes that come in pieces. Confined to whoever feeds it.
public final class RunningHash {
    private let context: OpaquePointer?

    public init() {
        context = EVP_MD_CTX_new()
        EVP_DigestInit_ex(context, EVP_sha256(), nil)
    }

    deinit { EVP_MD_CTX_free(context) }

    public func add(_ piece: UnsafeRawBufferPointer) { EVP_DigestUpdate(context, piece.baseAddress, piece.count) }

    /// The digest; nothing can be added any more.
    public func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        EVP_DigestFinal_ex(context, &digest, &length)
        return digest
    }
}
