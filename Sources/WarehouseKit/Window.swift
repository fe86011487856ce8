public import JSONKit

/// Which part of the data a question is about, and how long the answer may be.
public struct Window: Sendable, Equatable {
    public let from: Instant
    /// Not included.
    public let to: Instant
    public let limit: Int

    public static let longest = 10_000

    public init(from: Instant, to: Instant, limit: Int) { (self.from, self.to, self.limit) = (from, to, limit) }

    /// Reads `{"from": time, "to": time, "limit": 100}`.
    public init(_ json: JSON) throws(WarehouseError) {
        func time(_ name: String) throws(WarehouseError) -> Instant {
            guard let time = json[name]?.string.flatMap(Instant.init(parsing:)) else {
                throw WarehouseError("\(name): is required (a time such as 2026-11-23T16:00:00Z, or a day)")
            }
            return time
        }
        (from, to) = (try time("from"), try time("to"))
        guard from <= to else { throw WarehouseError("from: must not be after to") }
        guard let limit = json["limit"]?.int, (1...Int64(Self.longest)).contains(limit) else {
            throw WarehouseError("limit: is required (1 to \(Self.longest))")
        }
        self.limit = Int(limit)
    }
}
