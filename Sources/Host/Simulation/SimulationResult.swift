public import Campaigns
public import JSONKit

/// What a simulation came to, and what was wrong with it.
public struct SimulationResult: Sendable {
    /// Leads and attempts, as a campaign's report has them.
    public var report: CampaignReport
    /// By rule; nobody should be in it.
    public internal(set) var violations: [String: Int] = [:]
    /// The first ones, for whoever looks for the fault.
    public internal(set) var examples: [String] = []
    public internal(set) var duplicateDials = 0
    /// The carrier's own count of calls to a number with another one under way.
    public internal(set) var overlapping = 0
    public internal(set) var mostLive = 0
    /// How often the rules were asked.
    public internal(set) var decisions = 0
    public internal(set) var isExhausted = false
    /// Why the dialler would have had the campaign paused, which ends the simulation; nil: it did not.
    public internal(set) var pause: String?
    /// Of virtual time.
    public internal(set) var days = 0.0
    /// Of ours; of the run, and of judging it.
    public internal(set) var seconds = 0.0
    public internal(set) var judgingSeconds = 0.0

    init(_ report: CampaignReport) { self.report = report }

    public var isFlawless: Bool { violations.isEmpty && duplicateDials == 0 && overlapping == 0 }

    public var json: JSON {
        var members = report.json.object ?? [:]
        let known = members["figures"]?.object ?? [:]
        var figures: JSONObject = [
            "violations": .int(Int64(violations.values.reduce(0, +))),
            "duplicate_dials": .int(Int64(max(duplicateDials, overlapping))),
        ]
        for (name, value) in known { figures[name] = value }
        figures["days"] = .double((days * 10).rounded() / 10)
        figures["most_live"] = .int(Int64(mostLive))
        figures["decisions"] = .int(Int64(decisions))
        figures["exhausted"] = .bool(isExhausted)
        figures["seconds"] = .double((seconds * 10).rounded() / 10)
        figures["judging_seconds"] = .double((judgingSeconds * 10).rounded() / 10)
        if let pause { members["paused"] = .string(pause) }
        members["figures"] = .object(figures)
        if !violations.isEmpty {
            members["violations"] = .object(
                JSONObject(violations.sorted { $0.key < $1.key }.map { ($0.key, .int(Int64($0.value))) })
            )
            members["examples"] = .array(examples.map { .string($0) })
        }
        return .object(members)
    }
}
