public import Campaigns
public import Carrier
public import Core

/// What is simulated.
public struct SimulationSetup: Sendable {
    public var campaign: Campaign
    public var leads: Int
    public var days: Int
    public var seed: UInt64
    /// Virtual time begins here.
    public var start: Timestamp
    public var rules: RuleBook
    /// Whom it reaches, and what goes wrong.
    public var practice = Practice()

    public init(
        _ campaign: Campaign,
        leads: Int,
        days: Int,
        seed: UInt64,
        start: Timestamp,
        rules: RuleBook
    ) {
        (self.campaign, self.leads, self.days) = (campaign, leads, days)
        (self.seed, self.start, self.rules) = (seed, start, rules)
    }
}
