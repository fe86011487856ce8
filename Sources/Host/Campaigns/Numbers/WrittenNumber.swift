/// A number as somebody wrote it, without what stands between its digits.
struct WrittenNumber {
    enum Form: Equatable {
        /// Digits behind `+`.
        case international(String)
        case national(String)
    }

    let form: Form

    init(_ text: String) throws(NumberError) {
        var digits: [UInt8] = []
        var hasPlus = false
        // `+44 (0)20`: the 0 is for those who call from within.
        let readable = text.hasPrefix("+") || text.hasPrefix("00") ? Self.withoutOptionalTrunk(text) : text
        for scalar in readable.unicodeScalars {
            switch scalar {
            case "0"..."9": digits.append(UInt8(scalar.value))
            case "+":
                guard digits.isEmpty, !hasPlus else {
                    throw NumberError("has a + behind its beginning; one number a field")
                }
                hasPlus = true
            case " ", "\t", "(", ")", "-", ".", "/", "\u{A0}", "\u{2010}"..."\u{2013}": continue
            case ",", ";", "x", "X", "#", "*":
                throw NumberError("has an extension or a second number; keep the number alone")
            default: throw NumberError("has signs that are no digits; only spaces and ()-./ may stand between them")
            }
        }
        guard !digits.isEmpty else { throw NumberError("is empty") }
        let number = String(decoding: digits, as: UTF8.self)
        form =
            hasPlus
            ? .international(number)
            : number.hasPrefix("00") ? .international(String(number.dropFirst(2))) : .national(number)
    }

    private static func withoutOptionalTrunk(_ text: String) -> String {
        guard let start = text.firstIndex(of: "("), text[start...].hasPrefix("(0)") else { return text }
        return String(text[..<start]) + text[text.index(start, offsetBy: 3)...]
    }
}
