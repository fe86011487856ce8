public import Core

/// A campaign as its administrator wrote it: whom to call, with which agent, by which rules of its own. The law's rules are
/// added by the `RuleBook`; the stricter one holds.
///
/// A campaign's state is not in here: it changes by itself, this does not.
public struct Campaign: Sendable, Equatable {
    public var name: String
    /// The agent document that talks.
    public var agent: String
    /// Our own numbers in E.164, used in turn.
    public var callerIDs: [String]
    /// Lists of leads; a list belongs to one campaign at a time.
    public var lists: [String]
    /// When it starts by itself; nil: when somebody says so.
    public var startsAt: Timestamp?
    /// When it is over, whatever is left.
    public var endsAt: Timestamp?
    public var pace: Pace = Pace()
    /// When leads may be called, in their own time; empty: whenever the rule book allows.
    public var windows: [CallingWindow] = []
    public var caps: Caps = Caps()
    /// Retry rules by disposition, over the rule book's.
    public var retries: [String: RetryRule] = [:]
    /// What consent must be on record.
    public var consent = ConsentNeed.written
    /// The zone of leads whose zone nobody knows; empty: such leads are called in hours that hold in every zone of their country.
    public var fallbackZone = ""
    /// The country of numbers without a country code, as in `US`; empty: such numbers are refused.
    public var country = ""
    public var machines = MachineAction.hangUp
    /// How long it may ring, in seconds; at least 15.
    public var rings: Int64 = 25

    public init(name: String, agent: String, callerIDs: [String], lists: [String]) {
        (self.name, self.agent, self.callerIDs, self.lists) = (name, agent, callerIDs, lists)
    }
}
