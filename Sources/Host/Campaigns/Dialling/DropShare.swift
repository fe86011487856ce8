import Glibc

/// Which share of those who answer finds no free place, where so many numbers ring at once. A pure function.
public enum DropShare {
    /// E[max(0, K - places)] / E[K] for K ~ Bin(lines, answer): 0 where nobody can answer.
    public static func expected(lines: Int, places: Int, answer: Double) -> Double {
        guard lines > places, answer > 0 else { return 0 }
        guard answer < 1 else { return Double(lines - max(0, places)) / Double(lines) }
        let (n, odds) = (Double(lines), log(answer) - log(1 - answer))
        // The logarithm of each probability: 0.7 to the 500th is no number any more.
        var logarithm = n * log(1 - answer)
        var excess = 0.0
        for count in 1...lines {
            let k = Double(count)
            logarithm += log((n - k + 1) / k) + odds
            if count > places { excess += (k - Double(max(0, places))) * exp(logarithm) }
        }
        return excess / (n * answer)
    }

    /// The most lines whose share stays within `target`; never below `places`, at which nobody is lost, nor above `most`.
    public static func lines(places: Int, answer: Double, target: Double, most: Int) -> Int {
        guard places > 0 else { return 0 }
        // The share grows with the lines.
        var (low, high) = (places, max(places, most))
        while low < high {
            let middle = (low + high + 1) / 2
            if expected(lines: middle, places: places, answer: answer) <= target {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low
    }
}
