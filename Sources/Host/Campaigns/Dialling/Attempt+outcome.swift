import Core
import JSONKit
public import Store

extension Attempt {
    /// The carrier has never had it: whoever was to be called knows nothing of it.
    public var wasNeverPlaced: Bool { state == .over && disposition == "canceled" && placedAt == nil }

    /// `attempt.placed`.
    func placedEvent(at time: Timestamp) -> Event {
        let data: JSON = [
            "campaign": .string(campaign), "lead": .string(lead), "carrier_call_id": .string(carrierCallID),
        ]
        return Event(.attemptPlaced, key: id, data: data, id: eventID("placed"), at: time)
    }

    /// `attempt.ended`.
    func endedEvent(_ outcome: AttemptOutcome, at time: Timestamp) -> Event {
        var data: JSONObject = [
            "campaign": .string(campaign), "lead": .string(lead), "call_id": .string(callID),
            "carrier_call_id": .string(carrierCallID), "disposition": .string(outcome.disposition),
            "flags": .array(Disposition.named(outcome.disposition).flags.map { .string($0) }),
            "answered_by": .string(answeredBy), "reason": .string(outcome.reason),
            "person": .bool(outcome.isAnsweredByPerson), "abandoned": .bool(outcome.isAbandoned),
        ]
        func seconds(_ duration: Duration) -> JSON { .double(Double(duration.wholeMilliseconds) / 1000) }
        if let rang = outcome.rang { data["rang_s"] = seconds(rang) }
        if let talked = outcome.talked { data["talked_s"] = seconds(talked) }
        if let greeted = outcome.greetedAfter { data["greeted_ms"] = .int(greeted.wholeMilliseconds) }
        return Event(.attemptEnded, key: id, data: .object(data), id: eventID("ended"), at: time)
    }
}

extension AttemptOutcome {
    /// As `attempt.ended` tells it, for those who count.
    init(_ ended: Event) {
        self.init(
            disposition: ended.data["disposition"]?.string ?? "",
            reason: ended.data["reason"]?.string ?? "",
            isAnsweredByPerson: ended.data["person"]?.bool ?? false,
            isAbandoned: ended.data["abandoned"]?.bool ?? false
        )
    }
}
