/// What counts as a sound on a telephone line: a stretch of 5 ms at 45 decibels below full scale or louder. Softer ones are
/// the breath before a word and the room after it.
public enum Audible {
    static let stretch = 40
    static let power = Level.fullScale / 31_623
    /// The noise that voices begin with stays below it: 55 decibels below full scale.
    private static let noise = Level.fullScale / 316_228

    /// Where the first sound begins; nil: there is none.
    public static func first(in samples: Span<Int16>) -> Int? {
        guard let start = first(in: samples, above: power) else { return nil }
        let piece = samples.extracting(start..<min(start + stretch, samples.count))
        return start + (piece.indices.first { isLoud(piece[$0], power) } ?? 0)
    }

    /// Where there is anything at all but the silence that a voice begins with; nil: nowhere.
    public static func onset(in samples: Span<Int16>) -> Int? { first(in: samples, above: noise) }

    private static func first(in samples: Span<Int16>, above power: Float) -> Int? {
        var index = 0
        while index < samples.count {
            let piece = samples.extracting(index..<min(index + stretch, samples.count))
            if meanSquare(piece) > power { return index }
            index += stretch
        }
        return nil
    }

    private static func meanSquare(_ samples: Span<Int16>) -> Float {
        var sum = 0
        for index in samples.indices { sum &+= Int(samples[index]) &* Int(samples[index]) }
        return Float(sum) / Float(max(1, samples.count))
    }

    static func isLoud(_ sample: Int16, _ power: Float) -> Bool { Float(sample) * Float(sample) > power }
}
