public import JSONKit

/// Some leads, as the `crm` contract has them.
public struct LeadsPage: Sendable {
    /// `{"external_id", "phone", "name", "metadata"}` each.
    public let leads: [JSON]
    /// Where to go on, also the next day; the cursor itself where there is nothing more for now.
    public let next: String

    public init(_ leads: [JSON], next: String) { (self.leads, self.next) = (leads, next) }

    /// One lead. `metadata`: everything else that is known of it.
    public static func lead(id: String, phone: String, name: String, metadata: JSONObject) -> JSON {
        [
            "external_id": .string(id), "phone": .string(phone), "name": .string(name), "metadata": .object(metadata),
        ]
    }
}
