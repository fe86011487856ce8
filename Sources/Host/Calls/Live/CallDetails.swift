public import Core
public import JSONKit

/// What is known of a call when it is answered.
public struct CallDetails: Sendable {
    public enum Direction: String, Sendable { case inbound, outbound }

    public let id: CallID
    public let agent: AgentDocument
    /// Telephone numbers as the carrier writes them; personal data.
    public let from: String
    public let to: String
    public let direction: Direction
    /// What the carrier calls it.
    public let carrierCallID: String
    /// The calendar and the clock at the call's beginning: what "tomorrow" is counted from.
    public let localTime: LocalTime
    /// Who answered a call that was placed, as the carrier writes it; empty: it does not say.
    public let answeredBy: String
    /// Why it was placed; nil: somebody has called us, or the carrier was told to by others.
    public let order: CallOrder?
    /// When the carrier told that it was answered; nil: when its media begins.
    public let answeredAt: Moment?
    /// Where another host left the call, which goes on here; nil: it begins.
    public let resumed: CallMemory?
    /// What the webhook handed over to the media socket.
    public let parameters: JSON

    /// The other side's number.
    public var phone: String { direction == .outbound ? to : from }

    public init(
        id: CallID = .make(),
        agent: AgentDocument,
        from: String,
        to: String,
        direction: Direction = .inbound,
        carrierCallID: String = "",
        localTime: LocalTime = .now(),
        answeredBy: String = "",
        order: CallOrder? = nil,
        answeredAt: Moment? = nil,
        resumed: CallMemory? = nil,
        parameters: JSON = [:]
    ) {
        self.resumed = resumed
        (self.id, self.agent, self.from, self.to, self.direction) = (id, agent, from, to, direction)
        (self.carrierCallID, self.localTime, self.parameters) = (carrierCallID, localTime, parameters)
        (self.answeredBy, self.order, self.answeredAt) = (answeredBy, order, answeredAt)
    }
}
