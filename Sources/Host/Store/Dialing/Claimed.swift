/// An attempt that is to be made now, with the lead as it is from then on.
public struct Claimed: Sendable, Equatable {
    public let attempt: Attempt
    public let lead: Lead

    public init(attempt: Attempt, lead: Lead) { (self.attempt, self.lead) = (attempt, lead) }
}
