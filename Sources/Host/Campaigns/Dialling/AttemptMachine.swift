public import Core
public import Store

/// What becomes of one attempt: a pure value, told facts in whatever order they come, however often. The outcome depends on the
/// facts alone. Whoever drives it commits the attempt, the lead and the events together.
///
/// intended -> placed -> answered -> over. A call that was not answered is over when the carrier says so. One that was is over
/// when the carrier and the conversation say so, or, where one of them is not heard of, after `patience`.
public struct AttemptMachine: ~Copyable {
    public private(set) var attempt: Attempt

    /// How long a carrier or a conversation may take to tell that a call has ended after the other one has.
    public static let patience: Duration = .seconds(60)
    /// The same where no conversation has begun: it hardly will.
    public static let shortPatience: Duration = .seconds(10)
    /// Whoever answers is greeted within this, or was abandoned: 47 CFR 64.1200(a)(7).
    public static let greeting: Duration = .seconds(2)
    /// SIP: no such number (404, 604), gone (410), incomplete (484).
    private static let invalid: Set<Int64> = [404, 410, 484, 604]

    public init(_ attempt: Attempt) { self.attempt = attempt }

    /// The outcome, when the attempt is over by this; nil before, and for everything that comes later.
    public mutating func handle(_ fact: AttemptFact, at now: Timestamp) -> AttemptOutcome? {
        guard attempt.state.isLive else { return nil }
        switch fact {
        case .placed(let id): note(carrierCallID: id, now)
        case .status(let status, let id, let sequence, let sipCode, let who):
            note(carrierCallID: id, now)
            note(answeredBy: who)
            return note(status, sequence, sipCode, now)
        case .detected(let who): note(answeredBy: who)
        case .begun(let call):
            if attempt.callID.isEmpty { attempt.callID = call }
            answered(now)
        case .greeted: if !isConcluded { attempt.greetedAt = earlier(attempt.greetedAt, now) }
        case .concluded(let conclusion): conclude(conclusion)
        case .absent(let disposition, let reason):
            // What the carrier has told of is there, whoever does not find it.
            guard attempt.state == .intended || attempt.state == .placed else { return nil }
            return end(disposition, reason, now)
        case .time: break
        }
        return settle(now)
    }

    /// The conversation has told how it ended.
    private var isConcluded: Bool { !attempt.disposition.isEmpty }

    private var isOverForCarrier: Bool { attempt.status == "completed" }

    private func earlier(_ known: Timestamp?, _ time: Timestamp) -> Timestamp { min(known ?? time, time) }

    private mutating func note(carrierCallID id: String, _ now: Timestamp) {
        guard !id.isEmpty else { return }
        if attempt.carrierCallID.isEmpty { attempt.carrierCallID = id }
        attempt.placedAt = earlier(attempt.placedAt, now)
        if attempt.state == .intended { attempt.state = .placed }
    }

    // MARK: The carrier

    private mutating func note(
        _ status: String,
        _ sequence: Int64?,
        _ sipCode: Int64?,
        _ now: Timestamp
    ) -> AttemptOutcome? {
        switch status {
        case "busy": return end("busy", "the number is busy", now)
        case "no-answer": return end("no_answer", "nobody answered", now)
        case "canceled": return end("canceled", "called off before anybody answered", now)
        case "failed":
            let code = sipCode.map { ": SIP \($0)" } ?? ""
            if let sipCode, Self.invalid.contains(sipCode) { return end("invalid", "no such number\(code)", now) }
            return end("carrier_error", "the carrier could not place it\(code)", now)
        case "completed":
            attempt.endedAt = earlier(attempt.endedAt, now)
            attempt.status = status
            attempt.sequence = max(attempt.sequence, sequence ?? -1)
            // It was answered, whether or not anybody has told.
            answered(now)
        default:
            if status == "in-progress" { answered(now) }
            guard !isOverForCarrier, (sequence ?? -1) > attempt.sequence || attempt.status.isEmpty else { break }
            (attempt.status, attempt.sequence) = (status, max(attempt.sequence, sequence ?? -1))
        }
        return settle(now)
    }

    private mutating func note(answeredBy who: String) {
        func rank(_ who: String) -> Int {
            switch who {
            case "": 0
            case "unknown": 1
            case "human": 2
            case "fax": 4
            default: 3
            }
        }
        // Of two words the same one stays, whichever came first.
        let known = attempt.answeredBy
        if (rank(who), who) > (rank(known), known) { attempt.answeredBy = who }
    }

    private mutating func answered(_ now: Timestamp) {
        attempt.state = .answered
        if !isConcluded { attempt.answeredAt = earlier(attempt.answeredAt, now) }
    }

    // MARK: The conversation

    /// What the conversation tells stands for what was known of it before: it knows best.
    private mutating func conclude(_ conclusion: AttemptFact.Conclusion) {
        guard !isConcluded else { return }
        let answeredAt = Timestamp(
            unixMilliseconds: conclusion.endedAt.unixMilliseconds - conclusion.duration.wholeMilliseconds
        )
        attempt.state = .answered
        (attempt.callID, attempt.answeredAt) = (conclusion.call, answeredAt)
        attempt.greetedAt = conclusion.greetedAfter.map { answeredAt + $0 }
        attempt.endedAt = earlier(attempt.endedAt, conclusion.endedAt)
        note(answeredBy: conclusion.answeredBy)
        (attempt.disposition, attempt.reason) = (Self.canonical(conclusion), conclusion.reason)
    }

    /// A conversation's own word, but for what it cannot name: that nobody spoke, or that a machine did.
    static func canonical(_ conclusion: AttemptFact.Conclusion) -> String {
        switch conclusion.disposition {
        case "voicemail": return "machine"
        case "caller_hung_up", "abandoned", "technical_failure", "no_input", "":
            if conclusion.turns > 0 { return "completed" }
            guard conclusion.greetedAfter == nil else { return "hung_up_early" }
            return conclusion.duration > greeting ? "abandoned" : "hung_up_early"
        case "closed": return "completed"
        default: return conclusion.disposition
        }
    }

    // MARK: The end

    /// An answered call is over when both have told, or one of them and then nobody for long.
    private mutating func settle(_ now: Timestamp) -> AttemptOutcome? {
        guard isOverForCarrier else { return nil }
        if isConcluded {
            // What a conversation takes for a machine, the carrier may know for a fax.
            let isFax = attempt.disposition == "machine" && attempt.answeredBy == "fax"
            return end(isFax ? "fax" : attempt.disposition, attempt.reason, now)
        }
        guard now >= Self.end(of: attempt, or: now) else { return nil }
        let reason = "the conversation has not told how it ended"
        if isMachine { return end(attempt.answeredBy == "fax" ? "fax" : "machine", reason, now) }
        // Its host has died: nobody knows what was agreed on, so it is no success.
        if attempt.greetedAt != nil { return end("interrupted", reason, now) }
        // No conversation: whoever answered was alone on the line, however short that was.
        let isAbandoned = attempt.callID.isEmpty || (talked ?? .zero) > Self.greeting
        return end(isAbandoned ? "abandoned" : "hung_up_early", reason, now)
    }

    /// When an attempt is over that the carrier has ended, whether or not the conversation tells.
    static func end(of attempt: Attempt, or now: Timestamp) -> Timestamp {
        (attempt.endedAt ?? now) + (attempt.callID.isEmpty ? shortPatience : patience)
    }

    private var isMachine: Bool {
        attempt.answeredBy == "fax" || attempt.answeredBy == "beep" || attempt.answeredBy.hasPrefix("machine")
    }

    private var talked: Duration? {
        guard let from = attempt.answeredAt, let to = attempt.endedAt, from <= to else { return nil }
        return to - from
    }

    private mutating func end(_ disposition: String, _ reason: String, _ now: Timestamp) -> AttemptOutcome {
        let isMachine = isConcluded ? false : isMachine
        (attempt.disposition, attempt.reason, attempt.state) = (disposition, reason, .over)
        attempt.endedAt = attempt.endedAt ?? now
        var outcome = AttemptOutcome(
            disposition: disposition,
            reason: reason,
            isAnsweredByPerson: false,
            isAbandoned: false
        )
        if let placed = attempt.placedAt {
            outcome.rang = max(.zero, (attempt.answeredAt ?? attempt.endedAt ?? now) - placed)
        }
        guard let answeredAt = attempt.answeredAt else { return outcome }
        outcome.talked = talked
        outcome.greetedAfter = attempt.greetedAt.map { max(.zero, $0 - answeredAt) }
        outcome.isAnsweredByPerson = !isMachine && !["machine", "message_left", "fax"].contains(disposition)
        let waited = outcome.greetedAfter ?? talked ?? .zero
        outcome.isAbandoned = outcome.isAnsweredByPerson && (disposition == "abandoned" || waited > Self.greeting)
        return outcome
    }
}
