import CCrypto

/// Base64 by somebody else than the code under test.
enum TestBase64 {
    static func decode(_ text: String) -> [UInt8] {
        let plain = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
        let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        var bytes = [UInt8](repeating: 0, count: padded.utf8.count)
        let count = EVP_DecodeBlock(&bytes, Array(padded.utf8), Int32(padded.utf8.count))
        return Array(bytes.prefix(max(0, Int(count)) - padded.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }))
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: bytes.count / 3 * 4 + 5)
        let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }
}
