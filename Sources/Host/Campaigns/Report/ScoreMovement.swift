/// How the scores of leads have moved.
public struct ScoreMovement: Sendable, Equatable {
    public private(set) var up = 0
    public private(set) var down = 0
    public private(set) var same = 0
    /// Sum of all changes, in points.
    private var points: Int64 = 0
    /// Leads by stage, as they are now.
    public var stages: [String: Int] = [:]

    public init() {}

    /// A lead whose score was `before` and is `after`.
    public mutating func add(before: Int64, after: Int64) {
        points += after - before
        if after > before { up += 1 } else if after < before { down += 1 } else { same += 1 }
    }

    /// Points a lead, of those that were scored.
    public var mean: Double {
        let leads = up + down + same
        return leads == 0 ? 0 : (Double(points) / Double(leads) * 10).rounded() / 10
    }
}
