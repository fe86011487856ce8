import JSONKit

extension JSON {
    /// A text of a plugin's configuration, or what its schema takes otherwise. A default does not count where the member that
    /// it goes with (`x-with`) is not set: it is of no use then.
    func text(_ member: String, _ schema: JSON) -> String {
        if let text = self[member]?.string { return text }
        if let other = schema["x-with"]?.string, self[other] == nil { return "" }
        return schema["default"]?.string ?? ""
    }
}
