/// How a file of leads writes its letters.
public enum LeadEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    /// A byte a letter, as Western European programs write it: 0x80 to 0x9F are Windows' signs, as everywhere on the web.
    case latin1 = "latin-1"

    func text(_ bytes: some Collection<UInt8>) -> String {
        switch self {
        case .utf8: String(decoding: bytes, as: UTF8.self)
        case .latin1: String(String.UnicodeScalarView(bytes.map(Self.scalar)))
        }
    }

    private static func scalar(_ byte: UInt8) -> Unicode.Scalar {
        (128..<160).contains(byte) ? windows[Int(byte) - 128] : Unicode.Scalar(byte)
    }

    /// 0x80 to 0x9F of Windows-1252.
    private static let windows: [Unicode.Scalar] = [
        "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}", "\u{2C6}",
        "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}", "\u{90}", "\u{2018}", "\u{2019}",
        "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}", "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}",
        "\u{153}", "\u{9D}", "\u{17E}", "\u{178}",
    ]
}
