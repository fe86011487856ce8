/// How many leads a campaign's lists have, by where they are.
public struct LeadCounts: Sendable, Equatable {
    public var ready = 0
    public var claimed = 0
    public var closed = 0

    public init(ready: Int = 0, claimed: Int = 0, closed: Int = 0) {
        (self.ready, self.claimed, self.closed) = (ready, claimed, closed)
    }

    public var all: Int { ready + claimed + closed }
}
