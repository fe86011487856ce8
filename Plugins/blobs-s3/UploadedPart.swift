import ProviderKit

/// One part of an upload, as it was sent or as the store lists it.
struct UploadedPart {
    let number: Int
    let size: Int
    /// As the store says it, with its quotes.
    var tag = ""
    /// SHA-256 in base64; empty: the store keeps none.
    var checksum = ""
    /// MD5 in hexadecimal, of what was sent.
    private var sentDigest = ""

    init(number: Int, size: Int, tag: String) { (self.number, self.size, self.tag) = (number, size, tag) }

    /// What is to be sent.
    init(number: Int, bytes: [UInt8], sha256: [UInt8]) {
        (self.number, size) = (number, bytes.count)
        checksum = Base64.encode(sha256)
        sentDigest = Hash.hex(Hash.md5(bytes))
    }

    private var plainTag: String { tag.filter { $0 != "\"" }.lowercased() }

    /// Whether the tag looks like the MD5 of the part.
    var hasDigest: Bool { plainTag.utf8.count == 32 && plainTag.allSatisfy(\.isHexDigit) }

    /// The MD5 that the tag says.
    var digest: [UInt8] {
        let text = Array(plainTag)
        return stride(from: 0, to: text.count - 1, by: 2).compactMap { UInt8(String(text[$0...($0 + 1)]), radix: 16) }
    }

    /// Whether what the store has is what is to be sent.
    func isSame(as sent: UploadedPart) -> Bool {
        guard size == sent.size else { return false }
        return checksum.isEmpty ? plainTag == sent.sentDigest : checksum == sent.checksum
    }
}
