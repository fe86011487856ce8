/// What was forgotten of somebody.
public struct LeadsErased: Sendable, Equatable {
    /// The leads that are gone; events are found by them.
    public var leads: [String] = []
    /// Attempts that do not tell any more whom they were to; their identifiers stay.
    public var attempts: [String] = []
    /// Entries of do-not-call lists that are digests now.
    public var suppressions = 0
    /// Leads that are being called, and were left.
    public var live = 0

    public init() {}
}
