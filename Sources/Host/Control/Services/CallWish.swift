public import JSONKit

/// A call that an operator wants to be placed.
public struct CallWish: Sendable, Equatable {
    /// In E.164; personal data, like `fields`.
    public var to: String
    /// The name of the agent document that talks.
    public var agent: String
    /// Our number that is shown.
    public var callerID: String
    /// What the agent is to know of whom it calls: `lead.name` and so on.
    public var fields: JSONObject
    /// How long it may ring, in seconds; nil: as the telephony plugin is configured.
    public var rings: Int64?
    /// What whoever asks calls it: the same wish is fulfilled once. Nil: it has no name.
    public var id: String?

    public init(
        to: String,
        agent: String,
        callerID: String,
        fields: JSONObject = [:],
        rings: Int64? = nil,
        id: String? = nil
    ) {
        (self.to, self.agent, self.callerID) = (to, agent, callerID)
        (self.fields, self.rings, self.id) = (fields, rings, id)
    }
}
