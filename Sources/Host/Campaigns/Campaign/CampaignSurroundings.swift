public import Core

/// What a campaign's document refers to, gathered by whoever checks it.
public struct CampaignSurroundings: Sendable {
    public struct Agent: Sendable {
        public let name: String
        /// It has a message for machines.
        public let hasMessage: Bool

        public init(_ name: String, hasMessage: Bool) { (self.name, self.hasMessage) = (name, hasMessage) }
    }

    /// The agents that there are.
    public var agents: [Agent]
    /// Lists with leads; empty: nobody has looked, or there are none at all.
    public var filledLists: Set<String>
    /// The campaign, not completed, that has a list; without the one that is checked.
    public var takenLists: [String: String]
    /// Names that dispositions have without an agent's doing.
    public var dispositions: [String]
    public var now: Timestamp

    public init(
        agents: [Agent],
        filledLists: Set<String> = [],
        takenLists: [String: String] = [:],
        dispositions: [String] = [],
        now: Timestamp
    ) {
        (self.agents, self.filledLists, self.takenLists) = (agents, filledLists, takenLists)
        (self.dispositions, self.now) = (dispositions, now)
    }
}
