public import Core
public import Store

extension RuleBook {
    /// By whose clocks somebody lives, as far as anybody knows; of several the first. Nil: nobody knows.
    public func zone(of lead: Lead, number: String, _ campaign: Campaign) -> Zone? {
        place(lead, number: number, campaign).zones.first
    }
}
