public import Core

/// Why leads are not called now, by the rule that refuses them first.
public struct HeldBack: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public var leads = 0
        /// When the first of them may be called; nil: time alone heals none.
        public var until: Timestamp?
    }

    public private(set) var rules: [String: Entry] = [:]
    /// Leads that were looked at, and those of them that may be called now.
    public private(set) var looked = 0
    public private(set) var free = 0

    public init() {}

    public mutating func add(_ decision: Decision) {
        looked += 1
        guard let obstacle = decision.obstacle else {
            free += 1
            return
        }
        var entry = rules[obstacle.rule, default: Entry()]
        entry.leads += 1
        if let until = obstacle.until { entry.until = min(entry.until ?? until, until) }
        rules[obstacle.rule] = entry
    }
}
