public import Calls

/// What is known of a call that the host has had placed, when the carrier says that it is answered.
public struct PlacedCall: Sendable {
    /// The agent that talks; nil: its document is gone, and what the carrier tells is kept all the same.
    public var agent: AgentDocument?
    public var order: CallOrder
    /// What the carrier calls it; empty: nobody knows yet. Another one is a call that nobody ordered.
    public var carrierCallID: String
    /// Nobody must be talked to any more: it was given up, or has been held already.
    public var isOver: Bool
    /// The calendar and the clock of whom was called.
    public var localTime: LocalTime

    public init(
        agent: AgentDocument?,
        order: CallOrder,
        carrierCallID: String = "",
        isOver: Bool = false,
        localTime: LocalTime = .now()
    ) {
        (self.agent, self.order, self.carrierCallID) = (agent, order, carrierCallID)
        (self.isOver, self.localTime) = (isOver, localTime)
    }
}
