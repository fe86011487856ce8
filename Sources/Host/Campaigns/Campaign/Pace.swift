/// How fast a campaign calls.
public struct Pace: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable {
        /// As many calls under way as there is room for conversations: nobody who answers waits.
        case progressive
        /// `ratio` calls under way for each free place.
        case ratio
        /// As many as keep calls that are answered and not greeted within 2 s below `dropTarget`.
        case predictive
    }

    public var mode = Mode.progressive
    /// Calls under way and live at once.
    public var concurrent = 10
    /// Calls begun a second, over all hosts.
    public var callsPerSecond = 1.0
    public var ratio = 1.0
    /// A share of the calls that people answered; over 30 days.
    public var dropTarget = 0.03
    /// Against other campaigns of the host: a share of its places.
    public var weight = 1.0

    public init() {}
}
