public import Campaigns

/// The campaigns, as the control plane sees them.
public struct CampaignServices: Sendable {
    public var keeper: CampaignKeeper
    public var reporter: CampaignReporter
    /// By which leads may be called.
    public var rules: RuleBook

    public init(_ keeper: CampaignKeeper, _ reporter: CampaignReporter, _ rules: RuleBook) {
        (self.keeper, self.reporter, self.rules) = (keeper, reporter, rules)
    }
}
