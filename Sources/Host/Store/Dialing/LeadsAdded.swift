/// What became of a batch of leads.
public struct LeadsAdded: Sendable, Equatable {
    /// New ones.
    public var added = 0
    /// Were there, and say something else now.
    public var updated = 0
    /// Were there already, and stayed as they are.
    public var duplicates = 0

    public init() {}
}
