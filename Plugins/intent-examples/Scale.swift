import Glibc

/// Turns scores into probabilities: a soft maximum over the labels and "none of these".
///
///     P(label) = exp(steepness * score) / (exp(none) + sum of exp(steepness * scores))
///
/// Both figures are fitted to what happens to examples that are left out, and held near a usual value, because
/// there are few of them.
struct Scale: Sendable {
    private(set) var steepness: Double = 14
    private(set) var none: Double = 5

    /// What was asked, and what would have been right; nil: none of the labels.
    struct Case {
        let scores: [Float]
        let right: Int?
        let weight: Double
    }

    /// How many cases the usual values are worth.
    private static let steepnessPrior = 0.02
    private static let nonePrior = 0.1

    /// With an example left out everything looks less certain than it is once all are there.
    private static let sharpening = 1.25

    /// The most likely values (the likelihood is concave; Newton's method needs a few steps).
    init(fitting cases: [Case]) {
        guard !cases.isEmpty else { return }
        climb(cases)
        steepness *= Self.sharpening
        none *= Self.sharpening
    }

    private mutating func climb(_ cases: [Case]) {
        let (usualSteepness, usualNone) = (steepness, none)
        for _ in 0..<12 {
            var (slopeA, slopeB) = (
                Self.steepnessPrior * (usualSteepness - steepness), Self.nonePrior * (usualNone - none)
            )
            var (aa, ab, bb) = (Self.steepnessPrior, 0.0, Self.nonePrior)
            for one in cases {
                let (mean, square, nothing) = moments(one.scores)
                slopeA += one.weight * ((one.right.map { Double(one.scores[$0]) } ?? 0) - mean)
                slopeB += one.weight * ((one.right == nil ? 1 : 0) - nothing)
                aa += one.weight * (square - mean * mean)
                ab -= one.weight * mean * nothing
                bb += one.weight * nothing * (1 - nothing)
            }
            let determinant = aa * bb - ab * ab
            guard determinant > 1e-9 else { return }
            let stepA = (bb * slopeA - ab * slopeB) / determinant
            let stepB = (aa * slopeB - ab * slopeA) / determinant
            // A long step may overshoot where the likelihood is flat.
            let size = max(1, abs(stepA) / 4, abs(stepB) / 3)
            steepness = min(60, max(2, steepness + stepA / size))
            none = min(30, max(0, none + stepB / size))
            if abs(stepA) + abs(stepB) < 1e-4 { return }
        }
    }

    /// One probability a label; the rest to one is "none of these".
    func probabilities(_ scores: [Float]) -> [Double] {
        let powers = scores.map { exp(steepness * Double($0)) }
        let sum = powers.reduce(exp(none), +)
        return powers.map { $0 / sum }
    }

    /// Mean and mean square of the score under the probabilities, and the probability of "none".
    private func moments(_ scores: [Float]) -> (mean: Double, square: Double, nothing: Double) {
        let nothing = exp(none)
        var (sum, mean, square) = (nothing, 0.0, 0.0)
        for score in scores {
            let power = exp(steepness * Double(score))
            sum += power
            mean += power * Double(score)
            square += power * Double(score) * Double(score)
        }
        return (mean / sum, square / sum, nothing / sum)
    }
}
