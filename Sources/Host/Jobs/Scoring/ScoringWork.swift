public import Core
public import JSONKit
public import Store

/// `scoring`: how promising a lead is, by rules, from its latest calls. The subject is the lead, the period what made it
/// necessary: an event, a day. Ends in `lead.scored`, which also remembers the calls that it was made of; jobs about one lead
/// run one after the other, so that none is forgotten.
public struct ScoringWork: JobWork {
    public let kind = "scoring"
    private let log: EventLog
    private let now: @Sendable () -> Timestamp

    /// So many calls are looked at, the latest.
    private static let calls = 50

    public init(_ log: EventLog, now: @escaping @Sendable () -> Timestamp = { .now() }) {
        (self.log, self.now) = (log, now)
    }

    /// The job that follows a call's end, or what was found out about it; nil where nobody knows whom it was with.
    public static func wanted(after event: Event, _ log: EventLog) async throws(JobFailure) -> (
        key: Job.Key, input: JSON
    )? {
        let ended = event.topic == .callEnded ? event : try await log.newest(.callEnded, key: event.key)
        guard let ended, let lead = ScoredLead(of: ended) else { return nil }
        let input: JSON = ["call_id": .string(ended.key), "phone": .string(lead.phone)]
        return (Job.Key("scoring", lead.id, period: event.id.rawValue), input)
    }

    public func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        guard !subject.isEmpty else {
            throw FieldError(path: "subject", problem: "must name a lead that was scored before")
        }
        return Job.Key(kind, subject, period: period.isEmpty ? now.day : period)
    }

    public func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        let lead = job.key.subject
        let before = try await log.newest(.leadScored, key: lead)?.data
        var calls = (before?["calls"]?.array ?? []).compactMap(\.string)
        if let call = job.input["call_id"]?.string, !calls.contains(call) { calls.append(call) }
        calls = Array(calls.suffix(Self.calls))
        guard !calls.isEmpty else {
            throw JobFailure("no lead \(lead) was scored before, and no call of it is known", isRetryable: false)
        }
        var contacts: [LeadContact] = []
        for call in calls {
            guard let ended = try await log.newest(.callEnded, key: call) else { continue }
            contacts.append(LeadContact(ended, review: try await log.newest(.callReviewed, key: call)?.data))
        }
        let score = LeadScore(contacts, at: now())
        let result: JSON = [
            "score": .int(Int64(score.points)), "stage": .string(score.stage), "factors": score.factors,
        ]
        // Nobody needs to hear at night that everything is as it was.
        let known = before?["calls"]?.array?.compactMap(\.string)
        let isNews = known != calls || before?["score"] != result["score"] || before?["stage"] != result["stage"]
        guard isNews else { return JobOutcome(result) }
        var data = result.object ?? [:]
        data["rules"] = .int(Int64(LeadScore.version))
        data["phone"] = job.input["phone"] ?? before?["phone"] ?? ""
        data["call_id"] = calls.last.map { .string($0) }
        data["calls"] = .array(calls.map { .string($0) })
        data["personal"] = ["phone"]
        return JobOutcome(
            result,
            events: [Event(.leadScored, key: lead, data: .object(data), id: job.eventID("scored"))]
        )
    }
}
