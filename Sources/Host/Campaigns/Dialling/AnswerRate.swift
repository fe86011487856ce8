import Glibc

/// How often somebody answers, counted, with what the count does not know yet. A pure value.
///
/// Older calls count less: half of what is counted is gone after `memory` further ones, so a quiet evening is not judged by
/// the morning.
public struct AnswerRate: Sendable, Equatable {
    public private(set) var dialled = 0.0
    public private(set) var answered = 0.0
    private static let memory = 500.0

    public init() {}

    /// One call is over.
    public mutating func note(isAnswered: Bool) {
        let fade = exp2(-1 / Self.memory)
        dialled = dialled * fade + 1
        answered = answered * fade + (isAnswered ? 1 : 0)
    }

    /// What the probability is not above, 95 % sure: the quantile of the posterior Beta(1 + answered, 1 + not answered), which
    /// begins with knowing nothing.
    public var upperBound: Double { Self.quantile(0.95, 1 + answered, 1 + max(0, dialled - answered)) }

    /// Where the regularised incomplete beta function reaches `share`; by halving.
    static func quantile(_ share: Double, _ a: Double, _ b: Double) -> Double {
        var (low, high) = (0.0, 1.0)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if incompleteBeta(middle, a, b) < share { low = middle } else { high = middle }
        }
        return high
    }

    /// I_x(a, b) by its continued fraction (Abramowitz and Stegun, 26.5.8), evaluated forwards (Lentz).
    static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        // The fraction converges fast on this side only.
        guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
        let logarithm: Double = lgamma(a + b) - lgamma(a) - lgamma(b)
        let powers: Double = a * log(x) + b * log(1 - x)
        let front = exp(logarithm + powers) / a
        let tiny = 1e-300
        let first: Double = (a + b) * x / (a + 1)
        var (c, d) = (1.0, 1 - first)
        d = 1 / (abs(d) < tiny ? tiny : d)
        var result = d
        for step in 1...300 {
            let m = Double(step)
            let far: Double = a + 2 * m
            let even: Double = m * (b - m) * x / ((far - 1) * far)
            let odd: Double = -(a + m) * (a + b + m) * x / (far * (far + 1))
            for term in [even, odd] {
                d = 1 + term * d
                d = 1 / (abs(d) < tiny ? tiny : d)
                c = 1 + term / c
                if abs(c) < tiny { c = tiny }
                result *= c * d
            }
            if abs(c * d - 1) < 1e-12 { break }
        }
        return front * result
    }
}
