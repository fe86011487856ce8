public import JSONKit
import Store

/// What became of the rows so far.
public struct LeadTally: Sendable, Equatable {
    /// New leads.
    public var taken = 0
    /// Leads that were there and say something else now.
    public var updated = 0
    /// Numbers that the list had already, or that came before in the same file.
    public var duplicates = 0
    public var refused = 0

    public init() {}

    init(_ json: JSON) {
        func count(_ name: String) -> Int { Int(json[name]?.int ?? 0) }
        (taken, updated) = (count("taken"), count("updated"))
        (duplicates, refused) = (count("duplicates"), count("refused"))
    }

    mutating func add(_ outcome: LeadsAdded, refused: Int) {
        taken += outcome.added
        updated += outcome.updated
        duplicates += outcome.duplicates
        self.refused += refused
    }

    public var json: JSON {
        [
            "taken": .int(Int64(taken)), "updated": .int(Int64(updated)), "duplicates": .int(Int64(duplicates)),
            "refused": .int(Int64(refused)),
        ]
    }
}
