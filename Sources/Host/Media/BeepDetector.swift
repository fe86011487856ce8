import Glibc

/// Hears the beep of an answering machine: one steady tone of 0.3 to 2 seconds. Speech, music, the two tones of a key and
/// a tone that does not end are none. A pure value; no allocation.
public struct BeepDetector: Sendable {
    /// In frames of 20 ms.
    private static let shortest = 15
    private static let longest = 100
    private static let frequencies: ClosedRange<Float> = 350...2200
    /// How far a steady tone may wander, in hertz.
    private static let drift: Float = 25

    private var frames = 0
    private var frequency: Float = 0

    public init() {}

    /// Takes the next frame; true when a beep has just ended.
    public mutating func hear(_ frame: Span<Int16>) -> Bool {
        let heard = Self.tone(frame)
        if let heard, frames > 0, abs(heard - frequency) <= Self.drift {
            frames += 1
            return false
        }
        let isBeep = (Self.shortest...Self.longest).contains(frames)
        frames = heard == nil ? 0 : 1
        frequency = heard ?? 0
        return isBeep
    }

    /// The frequency of a frame that is nothing but one tone, in hertz.
    ///
    /// Each sample of a tone follows from the two before it: x[n] = c x[n-1] - x[n-2], where c is twice the cosine of the
    /// frequency. The best c is found, and what it leaves unexplained tells whether it was a tone.
    private static func tone(_ frame: Span<Int16>) -> Float? {
        guard frame.count > 2, Level(frame).decibels > -40 else { return nil }
        var (product, squares): (Float, Float) = (0, 0)
        for index in 2..<frame.count {
            let (now, last, before) = (Float(frame[index]), Float(frame[index - 1]), Float(frame[index - 2]))
            product += (now + before) * last
            squares += last * last
        }
        guard squares > 0 else { return nil }
        let coefficient = product / squares
        guard abs(coefficient) < 2 else { return nil }
        var rest: Float = 0
        for index in 2..<frame.count {
            let (now, last, before) = (Float(frame[index]), Float(frame[index - 1]), Float(frame[index - 2]))
            let error = now + before - coefficient * last
            rest += error * error
        }
        let frequency = acosf(coefficient / 2) * 8000 / (2 * Float.pi)
        return rest < 0.02 * squares && frequencies.contains(frequency) ? frequency : nil
    }
}
