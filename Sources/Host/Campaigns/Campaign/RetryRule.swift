/// What follows a disposition.
public struct RetryRule: Sendable, Equatable {
    /// Waits in minutes before the next attempt, for the first, the second ... time in a row; the last one goes on. Empty: none
    /// follows, and the lead is closed.
    public var waits: [Int]
    /// So many times in all; then the lead is closed.
    public var maximum: Int
    /// The next attempt is to the lead's next number.
    public var takesNextNumber: Bool

    public init(waits: [Int], maximum: Int, takesNextNumber: Bool = false) {
        (self.waits, self.maximum, self.takesNextNumber) = (waits, maximum, takesNextNumber)
    }
}
