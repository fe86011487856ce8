/// When calls may be made, by the clocks of the one who is called.
public struct CallingWindow: Sendable, Equatable {
    /// 0: Sunday.
    public var weekdays: Set<Int>
    /// Minutes behind midnight; `from` is allowed, `until` is not any more.
    public var from: Int
    public var until: Int

    public init(weekdays: Set<Int> = Set(0...6), from: Int, until: Int) {
        (self.weekdays, self.from, self.until) = (weekdays, from, until)
    }
}
