public import Core
public import JSONKit

/// One try to reach a lead. It is durable before the carrier hears of it.
public struct Attempt: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// Durable here; the carrier may or may not have heard of it. After a crash the carrier is asked.
        case intended
        /// The carrier has it under `carrierCallID`.
        case placed
        case answered
        case over

        public var isLive: Bool { self != .over }
    }

    /// `att_` and a ULID.
    public let id: String
    public let campaign: String
    public let lead: String
    public let list: String
    /// E.164; personal data.
    public let number: String
    public let callerID: String
    /// The host that places it.
    public var owner: String
    public var state = State.intended
    public var carrierCallID = ""
    public var callID = ""
    /// The carrier's last status, and its sequence number: later ones count, whenever they arrive. -1: none yet.
    public var status = ""
    public var sequence: Int64 = -1
    /// `human`, `machine_...`, `fax`; as the carrier, or our own ear, says.
    public var answeredBy = ""
    public var disposition = ""
    public var reason = ""
    /// Why it was allowed, rule by rule.
    public let decision: JSON
    public let intendedAt: Timestamp
    public var placedAt: Timestamp?
    public var answeredAt: Timestamp?
    /// When the agent's first sound left; what abandonment is counted by.
    public var greetedAt: Timestamp?
    public var endedAt: Timestamp?
    /// The owner is to look at it then at the latest; another host may when its owner is not heard of.
    public var due: Timestamp

    public init(
        id: String,
        campaign: String,
        lead: String,
        list: String,
        number: String,
        callerID: String,
        owner: String,
        decision: JSON,
        intendedAt: Timestamp,
        due: Timestamp
    ) {
        (self.id, self.campaign, self.lead, self.list) = (id, campaign, lead, list)
        (self.number, self.callerID, self.owner, self.decision) = (number, callerID, owner, decision)
        (self.intendedAt, self.due) = (intendedAt, due)
    }
}
