/// Why something is not changed as somebody wants: a job, a lead, an attempt, a campaign.
public struct Refusal: Error, Equatable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}
