public import JSONKit
import PluginKit

/// How promising a lead is.
public struct LeadStanding: Sendable {
    public let leadID: String
    public let phone: String?
    /// Nil where only the stage is news.
    public let score: JSON?
    public let stage: String

    init(_ data: JSON) throws(PluginProblem) {
        leadID = data["lead_id"]?.string ?? ""
        phone = PhoneNumber.known(data["phone"]?.string ?? "")
        score = data["score"]?.double == nil ? nil : data["score"]
        stage = data["stage"]?.string ?? ""
        guard score != nil || !stage.isEmpty else {
            throw PluginProblem(.invalid, "data: a lead's record needs a score (a number) or a stage (a string)")
        }
    }
}
