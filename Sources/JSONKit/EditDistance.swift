extension String {
    /// How many letters must be inserted, removed or replaced to get from one name to the other (Levenshtein).
    public func editDistance(to other: String) -> Int {
        let left = Array(utf8)
        let right = Array(other.utf8)
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = Swift.min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
