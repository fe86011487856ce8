public import JSONKit
public import PluginKit
public import ProviderKit

/// One record of the `crm` contract, read.
public struct CRMRecord: Sendable {
    public enum Content: Sendable {
        case outcome(CallOutcome)
        case review(CallReview)
        case standing(LeadStanding)
        case note(CallNote)
    }

    /// Unique for ever, the same on every try.
    public let id: String
    public let at: UTCTime
    public let content: Content

    /// - Throws: `.invalid`, naming the member: such a record will never be taken.
    public init(_ json: JSON) throws(PluginProblem) {
        func text(_ name: String) throws(PluginProblem) -> String {
            guard let text = json[name]?.string, !text.isEmpty else {
                throw PluginProblem(.invalid, "\(name): is required in a record (a string)")
            }
            return text
        }
        id = try text("id")
        let type = try text("type")
        guard let at = UTCTime(try text("at")) else {
            throw PluginProblem(.invalid, "at: must be a time as in 2026-01-01T10:00:00.000Z")
        }
        self.at = at
        let data = json["data"] ?? [:]
        content =
            switch type {
            case "call.outcome": .outcome(try CallOutcome(data))
            case "call.reviewed": .review(try CallReview(data))
            case "lead.updated", "lead.scored": .standing(try LeadStanding(data))
            default: .note(CallNote(type: type, data))
            }
    }
}
