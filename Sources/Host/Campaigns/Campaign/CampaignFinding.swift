public import JSONKit

/// Something to be said about a campaign's document.
public struct CampaignFinding: Sendable, Equatable {
    public enum Severity: String, Sendable {
        /// The document is refused.
        case error
        /// It is accepted, and probably not what was meant.
        case warning
    }

    public let severity: Severity
    /// The member, as in `windows[1].until`.
    public let path: String
    /// What is wrong and what would be right.
    public let problem: String

    public init(_ severity: Severity, _ path: String, _ problem: String) {
        (self.severity, self.path, self.problem) = (severity, path, problem)
    }

    public var json: JSON {
        ["severity": .string(severity.rawValue), "path": .string(path), "problem": .string(problem)]
    }
}
