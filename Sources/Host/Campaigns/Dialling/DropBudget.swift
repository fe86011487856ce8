public import Core
public import JSONKit

/// What may still be abandoned: calls that a person answered, and how many of them were not greeted within 2 s, by day over
/// 30 days (47 CFR 64.1200(a)(7): at most 3 % per campaign and 30 days). A pure value.
public struct DropBudget: Sendable, Equatable {
    private struct Day: Equatable {
        var answered = 0
        var abandoned = 0
    }

    public static let days = 30
    private static let day: Int64 = 86_400_000
    private var counts: [Int64: Day] = [:]

    public init() {}

    /// As `json` wrote it; what is not understood counts as nothing.
    public init(_ json: JSON) {
        for (day, count) in json.object ?? [:] {
            guard let number = Int64(day), let answered = count["answered"]?.int,
                let abandoned = count["abandoned"]?.int
            else { continue }
            counts[number] = Day(answered: Int(answered), abandoned: Int(abandoned))
        }
    }

    /// By the number of the day since 1970, in UTC.
    public var json: JSON {
        var members: JSONObject = [:]
        for (day, count) in counts.sorted(by: { $0.key < $1.key }) {
            members["\(day)"] = [
                "answered": .int(Int64(count.answered)), "abandoned": .int(Int64(count.abandoned)),
            ]
        }
        return .object(members)
    }

    /// A person has answered.
    public mutating func note(isAbandoned: Bool, at time: Timestamp) {
        counts[time.unixMilliseconds / Self.day, default: Day()].answered += 1
        if isAbandoned { counts[time.unixMilliseconds / Self.day, default: Day()].abandoned += 1 }
        let first = time.unixMilliseconds / Self.day - 2 * Int64(Self.days)
        counts = counts.filter { $0.key > first }
    }

    private func sum(at now: Timestamp) -> Day {
        let today = now.unixMilliseconds / Self.day
        return counts.reduce(into: Day()) { sum, entry in
            guard entry.key > today - Int64(Self.days), entry.key <= today else { return }
            sum.answered += entry.value.answered
            sum.abandoned += entry.value.abandoned
        }
    }

    /// The abandoned ones among those that were answered, in the last 30 days; 0 where nobody answered.
    public func share(at now: Timestamp) -> Double {
        let sum = sum(at: now)
        return sum.answered == 0 ? 0 : Double(sum.abandoned) / Double(sum.answered)
    }

    /// How many more may be abandoned without the share going above `target`.
    public func left(target: Double, at now: Timestamp) -> Int {
        let sum = sum(at: now)
        return max(0, Int(target * Double(sum.answered) + 1e-9) - sum.abandoned)
    }
}
