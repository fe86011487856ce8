/// Names one scheduled timer of one loop.
public struct TimerID: Hashable, Sendable {
    public let number: UInt64

    public init(number: UInt64) { self.number = number }
}
