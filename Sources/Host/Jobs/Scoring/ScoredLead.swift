public import Core
import JSONKit

/// Whom a call was with.
public struct ScoredLead: Sendable, Equatable {
    /// The campaign's or the CRM's own; otherwise made of the number, so that the same number is the same lead.
    public let id: String
    public let phone: String

    /// From the outcome of a call; nil where the other side withheld its number.
    public init?(of ended: Event) {
        let data = ended.data
        let side = data["direction"]?.string == "outbound" ? "to" : "from"
        phone = data[side]?.string ?? ""
        if let known = data["lead_id"]?.string ?? data["slots"]?["lead_id"]?.string, !known.isEmpty {
            id = known
            return
        }
        guard phone.filter(\.isNumber).count >= 5 else { return nil }
        id = Self.id(ofNumber: phone)
    }

    static func id(ofNumber phone: String) -> String { "lead_" + Digest.sha256(Array(phone.utf8)).prefix(20) }
}
