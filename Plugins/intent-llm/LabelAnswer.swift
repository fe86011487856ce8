import JSONKit

/// Reads the model's answer: JSON, with words around it where a server could not be kept from them.
enum LabelAnswer {
    /// Known labels, best first; nil: there is no answer in it.
    static func labels(in content: String, known: Set<String>, trust: Double) -> [JSON]? {
        guard let open = content.firstIndex(of: "{"), let close = content.lastIndex(of: "}"), open < close,
            let json = try? JSON(parsing: String(content[open...close])), let given = json["labels"]?.array
        else { return nil }
        var best: [String: Double] = [:]
        for label in given {
            guard let name = label["name"]?.string, known.contains(name) else { continue }
            let confidence = min(1, max(0, label["confidence"]?.double ?? 0))
            best[name] = max(best[name] ?? 0, confidence * trust)
        }
        return best.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map {
            ["name": .string($0.key), "confidence": .double($0.value)]
        }
    }
}
