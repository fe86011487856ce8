import JSONKit

/// A text with slots in braces, such as `{name}`.
struct Template {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The text with its slots filled. A sentence with a slot that is unknown is left out; nil if nothing remains.
    func filled(with slots: JSONObject) -> String? {
        guard text.contains("{") else { return text.isEmpty ? nil : text }
        let sentences = Sentence.split(text).compactMap { Self.fill($0, slots) }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private static func fill(_ sentence: String, _ slots: JSONObject) -> String? {
        var result = ""
        var rest = sentence[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            let name = String(rest[rest.index(after: open)..<close])
            guard let value = slots[name].flatMap(Self.text) else { return nil }
            result += value
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text.isEmpty ? nil : text
        case .null, .array, .object: nil
        default: value.description
        }
    }
}
