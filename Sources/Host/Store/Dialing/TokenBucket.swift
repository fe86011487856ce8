public import Core

/// How many calls may be begun now: one token a call, in millionths, which come at a steady rate. A bucket that was left alone
/// holds what a quarter of a second brings, and one call at least.
public struct TokenBucket: Sendable, Equatable {
    /// Of one call.
    public static let cost: Int64 = 1_000_000
    /// A clock that is further ahead than this was wrong.
    private static let leap: Int64 = 60_000

    /// Millionths of calls.
    public private(set) var tokens: Int64
    /// When they were counted.
    public private(set) var at: Timestamp

    public init(tokens: Int64 = 0, at: Timestamp) { (self.tokens, self.at) = (tokens, at) }

    /// What has come since, at a rate in thousandths of calls a second. Hosts' clocks differ: time that runs backwards brings
    /// nothing.
    public mutating func refill(_ millicallsPerSecond: Int64, at now: Timestamp) {
        let elapsed = now.unixMilliseconds - at.unixMilliseconds
        guard elapsed > 0 || elapsed < -Self.leap else { return }
        let rate = max(0, millicallsPerSecond)
        let room = max(Self.cost, rate * 250)
        // A thousandth a second is a millionth a millisecond. Long pauses bring no more than fits.
        tokens = min(room, tokens + rate * min(max(0, elapsed), 1_000_000_000 / max(1, rate) + 1000))
        at = now
    }

    public var calls: Int { Int(max(0, tokens) / Self.cost) }

    public mutating func take(_ calls: Int) { tokens -= Int64(calls) * Self.cost }
}
