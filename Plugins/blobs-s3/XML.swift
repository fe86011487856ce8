/// The little that S3's answers need of XML: elements by name, as those servers write them, without attributes that matter.
enum XML {
    /// The text of the first element of this name; nil: there is none.
    static func text(of name: String, in bytes: [UInt8]) -> String? { text(of: name, in: decoded(bytes)) }

    static func text(of name: String, in document: Substring) -> String? {
        element(name, in: document).map { unescaped($0.content) }
    }

    /// The insides of all elements of this name.
    static func elements(_ name: String, in bytes: [UInt8]) -> [Substring] {
        var rest = decoded(bytes)
        var found: [Substring] = []
        while let (content, after) = element(name, in: rest) {
            found.append(content)
            rest = rest[after...]
        }
        return found
    }

    /// Whether the document's outermost element has this name.
    static func isRoot(_ name: String, in bytes: [UInt8]) -> Bool {
        var text = decoded(bytes)
        if let end = text.firstRange(of: "?>") { text = text[end.upperBound...] }
        text = text.drop { $0.isWhitespace }
        return text.hasPrefix("<\(name)>") || text.hasPrefix("<\(name) ") || text.hasPrefix("<\(name)/>")
    }

    private static func decoded(_ bytes: [UInt8]) -> Substring { Substring(decoding: bytes, as: UTF8.self) }

    private static func element(_ name: String, in text: Substring) -> (content: Substring, after: String.Index)? {
        var rest = text
        while let start = rest.firstRange(of: "<\(name)") {
            rest = rest[start.upperBound...]
            guard let next = rest.first, next == ">" || next == " " else { continue }
            guard let open = rest.firstIndex(of: ">"), let close = rest.firstRange(of: "</\(name)>") else { return nil }
            return (rest[rest.index(after: open)..<close.lowerBound], close.upperBound)
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = String(text)
        guard result.contains("&") else { return result }
        let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'")]
        for (name, character) in names + [("&amp;", "&")] { result = result.replacing(name, with: character) }
        return result
    }

    /// For the text of an element.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
