/// How near an utterance is to each label, from how near it is to each example.
struct Votes {
    /// The label of each example.
    let owners: [Int]
    let labels: Int

    /// The nearest example says most; the next two say whether it stands alone.
    private static let shares: [Float] = [0.7, 0.2, 0.1]

    func count(of label: Int) -> Int { owners.reduce(0) { $0 + ($1 == label ? 1 : 0) } }

    /// One score a label, 0 to 1. A similarity below zero marks an example that is left out.
    func scores(_ similarities: [Float]) -> [Float] {
        var best = [[Float]](repeating: [], count: labels)
        for (example, similarity) in similarities.enumerated() where similarity >= 0 {
            let owner = owners[example]
            let place = best[owner].firstIndex { $0 < similarity } ?? best[owner].count
            if place < Self.shares.count {
                best[owner].insert(similarity, at: place)
                if best[owner].count > Self.shares.count { best[owner].removeLast() }
            }
        }
        return best.map { nearest in
            guard !nearest.isEmpty else { return 0 }
            // A label with one example is not worse than one with three.
            let weight = zip(Self.shares, nearest).reduce(Float(0)) { $0 + $1.0 }
            return zip(Self.shares, nearest).reduce(Float(0)) { $0 + $1.0 * $1.1 } / weight
        }
    }
}
