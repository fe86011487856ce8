/// What a simulated carrier has seen.
public struct CarrierFigures: Sendable, Equatable {
    public var placed = 0
    public var answered = 0
    public var refused = 0
    /// Calls under way now, and the most at once.
    public var live = 0
    public var mostLive = 0
    public var queued = 0
    /// Calls that were placed to a number while another one to it was not over.
    public var overlapping = 0
}
