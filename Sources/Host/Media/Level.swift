import Glibc

/// How loud a stretch of audio is.
public struct Level: Sendable, Equatable {
    /// The mean of the squared samples, their constant part removed: 0 to 2^30.
    public let power: Float
    /// The largest magnitude: 0 to 32,768.
    public let peak: Int

    /// Measures a frame. No allocation.
    public init(_ samples: Span<Int16>) {
        var sum: Int64 = 0
        var squares: Int64 = 0
        var low: Int16 = 0
        var high: Int16 = 0
        samples.withUnsafeBufferPointer { samples in
            for sample in samples {
                sum &+= Int64(sample)
                squares &+= Int64(Int32(sample) &* Int32(sample))
                low = min(low, sample)
                high = max(high, sample)
            }
        }
        let count = Float(max(samples.count, 1))
        let mean = Float(sum) / count
        power = max(0, Float(squares) / count - mean * mean)
        peak = max(-Int(low), Int(high))
    }

    /// Decibels below full scale (a square wave of full scale is 0); -100 for silence.
    public var decibels: Float { power < 0.11 ? -100 : 10 * log10f(power / Self.fullScale) }

    static let fullScale: Float = 1_073_741_824
}
