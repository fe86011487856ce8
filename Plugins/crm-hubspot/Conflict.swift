import JSONKit

/// The object that has a unique value already, as HubSpot's refusal to make another tells.
enum Conflict {
    /// Nil: the refusal is about something else; empty: there is one, but it is not named.
    static func existing(_ status: Int, _ json: JSON) -> String? {
        let message = json["message"]?.string ?? ""
        // "... 123 already has that value."
        if let end = message.firstRange(of: " already has that value") {
            return String(message[..<end.lowerBound].reversed().prefix { $0.isNumber }.reversed())
        }
        // "Contact already exists. Existing ID: 123"
        if let start = message.firstRange(of: "Existing ID: ") {
            return String(message[start.upperBound...].prefix { $0.isNumber })
        }
        return status == 409 || json.description.contains("CONFLICTING_UNIQUE_VALUE") ? "" : nil
    }
}
