import Core
import JSONKit

/// What an event of the log tells of an attempt.
struct AttemptNews: Sendable {
    let attempt: String
    let fact: AttemptFact
    let at: Timestamp
    /// The one who was called wants never to be called again, or then.
    var isDoNotCall = false
    var slots: JSON = .null

    /// The topics that tell of attempts.
    static let topics: [Topic] = [.callStatus, .callStarted, .callGreeted, .callAnswered, .dispositionSet, .callEnded]

    /// Nil: it is about no attempt of a campaign, or tells nothing of what becomes of it.
    init?(_ event: Event) {
        let data = event.data
        guard let attempt = data["attempt_id"]?.string, Self.isOfCampaign(attempt),
            let fact = Self.fact(event)
        else { return nil }
        (self.attempt, self.fact, at) = (attempt, fact, event.at)
        isDoNotCall = data["disposition"]?.string.map { Disposition.named($0).isDoNotCall } ?? false
        slots = data["slots"] ?? .null
    }

    /// Calls that operators place are called otherwise.
    static func isOfCampaign(_ attempt: String) -> Bool { attempt.hasPrefix("\(AttemptSubject.prefix)_") }

    private static func fact(_ event: Event) -> AttemptFact? {
        let data = event.data
        switch event.topic {
        case .callStatus: return status(data)
        case .callStarted: return .begun(call: event.key)
        case .callGreeted: return .greeted
        case .callAnswered: return .detected(data["by"]?.string ?? "unknown")
        case .callEnded: return .concluded(conclusion(event))
        // What it means waits for the end; that nobody is called again does not.
        case .dispositionSet: return .time
        default: return nil
        }
    }

    private static func status(_ data: JSON) -> AttemptFact? {
        let who = data["answered_by"]?.string ?? ""
        switch data["of"]?.string {
        case "detection": return .detected(who)
        case "recording": return nil
        default: break
        }
        guard let status = data["status"]?.string else { return nil }
        return .status(
            status,
            carrierCallID: data["carrier_call_id"]?.string ?? "",
            sequence: data["sequence"]?.int,
            sipCode: data["sip_code"]?.int,
            answeredBy: who
        )
    }

    private static func conclusion(_ event: Event) -> AttemptFact.Conclusion {
        let data = event.data
        func milliseconds(_ value: Double) -> Duration { .milliseconds(Int64(value.rounded())) }
        var conclusion = AttemptFact.Conclusion(
            call: event.key,
            disposition: data["disposition"]?.string ?? "",
            endedAt: event.at,
            duration: milliseconds(1000 * (data["duration_s"]?.double ?? 0))
        )
        conclusion.reason = data["reason"]?.string ?? ""
        conclusion.answeredBy = data["answered_by"]?.string ?? ""
        conclusion.turns = data["turns"]?.int ?? 0
        conclusion.greetedAfter = data["greeted_ms"]?.double.map(milliseconds)
        return conclusion
    }
}
