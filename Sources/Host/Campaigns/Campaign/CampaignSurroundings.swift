public import Core

/// What a campaign's document refers to, gathered by whoever checks it.
public struct CampaignSurroundings: Sendable {
    /// The agents that there are.
    public var agents: [String]
    /// The campaign, not completed, that has a list; without the one that is checked.
    public var takenLists: [String: String]
    /// Names that dispositions have without an agent's doing.
    public var dispositions: [String]
    public var now: Timestamp

    public init(agents: [String], takenLists: [String: String] = [:], dispositions: [String] = [], now: Timestamp) {
        (self.agents, self.takenLists) = (agents, takenLists)
        (self.dispositions, self.now) = (dispositions, now)
    }
}
