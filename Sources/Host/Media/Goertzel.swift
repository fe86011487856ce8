import Glibc

/// How much of one frequency there is in a stretch of audio. A pure value; no allocation.
public struct Goertzel: Sendable {
    private let coefficient: Float
    private var (previous, before, count): (Float, Float, Float) = (0, 0, 0)
    private var squares: Float = 0

    /// A frequency in hertz, of audio at 8 kHz.
    public init(_ frequency: Double) { coefficient = Float(2 * cos(2 * Double.pi * frequency / 8000)) }

    public mutating func add(_ samples: Span<Int16>) {
        for index in samples.indices {
            let sample = Float(samples[index])
            (previous, before) = (sample + coefficient * previous - before, previous)
            squares += sample * sample
        }
        count += Float(samples.count)
    }

    /// The share of the stretch's power that is of this frequency: 0 to 1, and 1 for a pure tone.
    public var share: Double {
        guard squares > 0 else { return 0 }
        let power = previous * previous + before * before - coefficient * previous * before
        return Double(2 * power / (count * squares))
    }
}
