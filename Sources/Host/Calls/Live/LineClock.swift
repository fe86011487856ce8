import Core

/// When the caller spoke a sample: the line's audio on our clock. A message that came late does not make the caller later,
/// so the quickest one of the last seconds counts. A pure value.
///
/// A message holds 20 ms, and nobody outside can say whether its samples belong before or after the moment it is sent. They
/// are dated around it: whoever dates them otherwise differs by half a message.
struct LineClock {
    private var least = Int64.max
    private var leastBefore = Int64.max
    private var count = 0
    private static let window = 250
    private static let half = Int64(10_000)

    /// All samples before a position had come by now.
    mutating func note(_ position: Int, at now: Moment) {
        if count == Self.window { (least, leastBefore, count) = (.max, least, 0) }
        count += 1
        least = min(least, now.microseconds - Int64(position) * 125)
    }

    /// The line's audio begins anew somewhere else.
    mutating func reset() { self = LineClock() }

    /// When the sample before a position was spoken.
    func moment(of position: Int) -> Moment {
        let offset = min(least, leastBefore)
        return Moment(microseconds: (offset == .max ? 0 : offset) + Int64(position) * 125 + Self.half)
    }
}
