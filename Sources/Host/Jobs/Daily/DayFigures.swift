import Core
import JSONKit

/// A day's calls in figures. A pure value, fed with the day's events in any order; judgements of calls that ended before count
/// for the day on which they were made.
struct DayFigures {
    private var calls = 0
    private var seconds = 0.0
    private var turns: Int64 = 0
    private var groups: [String: [String: Int]] = [:]

    static let topics: [Topic] = [.callEnded, .callReviewed]

    mutating func add(_ event: Event) {
        switch event.topic {
        case .callEnded:
            calls += 1
            seconds += event.data["duration_s"]?.double ?? 0
            turns += event.data["turns"]?.int ?? 0
            count("directions", event.data["direction"])
            count("dispositions", event.data["disposition"])
            count("agents", event.data["agent"])
        case .callReviewed:
            count("sentiments", event.data["sentiment"])
            count("resolutions", event.data["resolution"])
        default: break
        }
    }

    private mutating func count(_ group: String, _ value: JSON?) {
        groups[group, default: [:]][value?.string ?? "unknown", default: 0] += 1
    }

    var json: JSON {
        var members: JSONObject = [
            "count": .int(Int64(calls)), "turns": .int(turns), "duration_s": .double((seconds * 10).rounded() / 10),
        ]
        for (group, counts) in groups.sorted(by: { $0.key < $1.key }) { members[group] = counts.json }
        return .object(members)
    }
}

extension [String: Int] {
    /// By name, so that the same figures are the same text.
    var json: JSON {
        .object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, .int(Int64($0.value))) }))
    }
}
