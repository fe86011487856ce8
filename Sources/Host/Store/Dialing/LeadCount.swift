/// How many leads of a list have come how far.
public struct LeadCount: Sendable, Equatable {
    public let list: String
    public let state: Lead.State
    /// What the last attempt came to; empty: there was none.
    public let disposition: String
    public let count: Int64

    public init(list: String, state: Lead.State, disposition: String, count: Int64) {
        (self.list, self.state, self.disposition, self.count) = (list, state, disposition, count)
    }
}
