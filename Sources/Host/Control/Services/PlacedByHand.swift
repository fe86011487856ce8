/// A call that was placed for an operator.
public struct PlacedByHand: Sendable, Equatable {
    /// As `attempt_id` in the events of the call.
    public let attempt: String
    public let carrierCallID: String
    /// The carrier's, at that moment.
    public let status: String

    public init(attempt: String, carrierCallID: String, status: String) {
        (self.attempt, self.carrierCallID, self.status) = (attempt, carrierCallID, status)
    }
}
