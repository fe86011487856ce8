public import Core

/// All that the rules look at before a lead is called: gathered by the driver, judged without I/O.
public struct Prospect: Sendable {
    public var lead: Lead
    /// The number that would be called.
    public var number: String
    /// Attempts at this lead: when each was intended, newest last.
    public var attempts: [Timestamp]
    /// Attempts at this number within `numberMemory`, over all campaigns and lists, newest last.
    public var numberAttempts: [Timestamp]
    /// What forbids the number: the longest pattern that matches, of all campaigns or of this one.
    public var suppression: Suppression?
    /// Somebody is calling the number right now.
    public var isLive: Bool

    /// A year, in milliseconds: the longest that a cap of the law may look back.
    public static let numberMemory: Int64 = 8760 * 3_600_000

    public init(
        lead: Lead,
        number: String,
        attempts: [Timestamp] = [],
        numberAttempts: [Timestamp] = [],
        suppression: Suppression? = nil,
        isLive: Bool = false
    ) {
        (self.lead, self.number, self.attempts, self.numberAttempts) = (lead, number, attempts, numberAttempts)
        (self.suppression, self.isLive) = (suppression, isLive)
    }
}
