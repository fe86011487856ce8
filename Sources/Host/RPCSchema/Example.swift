public import JSONKit

/// A request and what came back.
public struct Example: Sendable {
    public let name: String
    public let parameters: JSONObject
    /// Nil for notifications.
    public let result: JSON?

    init(_ json: JSON) {
        name = json["name"]?.string ?? ""
        let members = (json["params"]?.array ?? []).compactMap { parameter in
            parameter["name"]?.string.map { ($0, parameter["value"] ?? .null) }
        }
        parameters = JSONObject(members)
        result = json["result"]?["value"]
    }
}
