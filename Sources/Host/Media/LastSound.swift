/// Where somebody's last sound ended, to the sample on a quiet line and to 5 ms in a noisy room. A pure value; no
/// allocation.
///
/// A stretch of 5 ms is a sound if it is audible and 9 decibels above the room, whose power is the least of any frame in the
/// last one to two seconds.
public struct LastSound: Sendable {
    /// The position behind the last sound, in samples as `hear` counts them.
    public private(set) var position = 0
    private var room: Float { min(least, leastBefore) }
    private var least = Float.infinity
    /// A room is quiet until it is known.
    private var leastBefore: Float = 0
    private var frames = 0
    private static let margin: Float = 8

    public init() {}

    /// Takes the next frame, which begins at a position.
    public mutating func hear(_ frame: Span<Int16>, at start: Int) {
        note(Level(frame).power)
        let bound = max(room * Self.margin, Audible.power)
        var index = 0
        while index < frame.count {
            let stretch = frame.extracting(index..<min(index + Audible.stretch, frame.count))
            if Level(stretch).power > bound { position = start + index + end(of: stretch, above: bound) }
            index += Audible.stretch
        }
    }

    private mutating func note(_ power: Float) {
        if frames == 50 { (least, leastBefore, frames) = (.infinity, least, 0) }
        frames += 1
        least = min(least, power)
    }

    /// Behind the last sample that is louder than the bound; behind all of them where it is their sum that is.
    private func end(of stretch: Span<Int16>, above bound: Float) -> Int {
        for index in stretch.indices.reversed() where Audible.isLoud(stretch[index], bound) { return index + 1 }
        return stretch.count
    }
}
