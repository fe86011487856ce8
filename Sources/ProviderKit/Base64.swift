/// Bytes as text, after RFC 4648.
public enum Base64 {
    /// The two alphabets in use.
    public enum Alphabet: Sendable {
        /// With `+` and `/`, padded.
        case standard
        /// With `-` and `_`, not padded: for addresses and tokens.
        case url
    }

    /// The text of some bytes.
    public static func encode(_ bytes: some Sequence<UInt8>, _ alphabet: Alphabet = .standard) -> String {
        var text: [UInt8] = []
        var encoder = Base64Encoder(alphabet)
        Array(bytes).withUnsafeBytes { encoder.append($0, to: &text) }
        encoder.finish(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text in either alphabet, padded or not; nil for a text that is none.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var decoder = Base64Decoder()
        let isFine = Array(text.utf8).withUnsafeBytes { decoder.append($0, to: &bytes) }
        return isFine && decoder.finish(to: &bytes) ? bytes : nil
    }
}
