/// How often somebody is called at the most.
public struct Caps: Sendable, Equatable {
    /// Attempts per lead, in all.
    public var perLead = 6
    /// Attempts per lead within 24 h.
    public var perLeadAndDay = 3
    /// Attempts per number within 24 h, over all campaigns.
    public var perNumberAndDay = 3
    /// Between two attempts at one lead, in minutes.
    public var gap = 120

    public init() {}
}
