import Media

/// Changes the rate of audio on its way to or from a plugin that asked for another one than the line's. Made when needed.
struct Converter: ~Copyable {
    private var resampler: Resampler?
    private var output: [Int16] = []

    /// The samples at the other rate. Allocates only at first; a rate that cannot be had leaves them as they are.
    mutating func convert(_ samples: Span<Int16>, from: Int, to: Int) -> [Int16] {
        if resampler?.inputRate != from || resampler?.outputRate != to {
            resampler = try? Resampler(from: from, to: to)
        }
        output.removeAll(keepingCapacity: true)
        resampler?.process(samples) { piece in
            for index in piece.indices { output.append(piece[index]) }
        }
        return output
    }
}
