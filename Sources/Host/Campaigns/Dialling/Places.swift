/// A host's places for conversations, shared among its campaigns. A pure function.
public enum Places {
    public struct Claimant: Sendable {
        public let name: String
        public let weight: Double
        /// It has no use for more.
        public let most: Int

        public init(_ name: String, weight: Double, most: Int) {
            (self.name, self.weight, self.most) = (name, weight, most)
        }
    }

    /// Gives each its part by weight; what one has no use for is shared among the others. The sum is at most `places`.
    public static func shared(_ places: Int, among claimants: [Claimant]) -> [String: Int] {
        var parts: [String: Int] = [:]
        for claimant in claimants { parts[claimant.name] = 0 }
        // One place at a time goes to whoever has least for its weight; names decide between equals.
        var left = max(0, places)
        let ordered = claimants.filter { $0.weight > 0 }.sorted { $0.name < $1.name }
        while left > 0 {
            let open = ordered.filter { parts[$0.name, default: 0] < $0.most }
            let poorest = open.min {
                Double(parts[$0.name, default: 0] + 1) / $0.weight < Double(parts[$1.name, default: 0] + 1) / $1.weight
            }
            guard let poorest else { break }
            parts[poorest.name, default: 0] += 1
            left -= 1
        }
        return parts
    }
}
