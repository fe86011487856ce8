public import Core
import JSONKit
public import Store
import Synchronization

/// Writes down what becomes of attempts, and of their leads with them: one commit with the events that tell of it. Any thread.
public final class AttemptBook: Sendable {
    private let store: Store
    private let rules: @Sendable () -> RuleBook
    private let now: @Sendable () -> Timestamp

    public init(_ store: Store, rules: @escaping @Sendable () -> RuleBook, now: @escaping @Sendable () -> Timestamp) {
        (self.store, self.rules, self.now) = (store, rules, now)
    }

    /// What is needed to say what follows an outcome.
    private struct Context {
        let campaign: Campaign
        /// What the lead's earlier attempts came to, the oldest first.
        let past: [String]
        /// When the last of them was made.
        let lastAt: Timestamp?
    }

    /// Notes facts in this order; what the attempt has come to, if it is over by them. One that nobody knows is passed over.
    @discardableResult
    func note(_ id: String, _ facts: [(fact: AttemptFact, at: Timestamp)]) async throws(StoreError) -> AttemptOutcome? {
        try await note(id, facts, agreed: nil)
    }

    /// News of one attempt, in the order of the log.
    func note(_ news: [AttemptNews]) async throws(StoreError) {
        guard let first = news.first else { return }
        if news.contains(where: \.isDoNotCall) { try await suppress(first.attempt) }
        let agreed = news.last { $0.slots != .null }?.slots
        try await note(first.attempt, news.map { ($0.fact, $0.at) }, agreed: agreed)
    }

    @discardableResult
    private func note(
        _ id: String,
        _ facts: [(fact: AttemptFact, at: Timestamp)],
        agreed: JSON?
    ) async throws(StoreError) -> AttemptOutcome? {
        var context: Context?
        // Most facts end nothing: what follows an end is looked up when there is one.
        while true {
            let found = Mutex<AttemptOutcome?>(nil)
            let (known, rules, now) = (context, rules(), now())
            do throws(StoreError) {
                try await store.attempts.change(id) { attempt, lead throws(Refusal) in
                    let (outcome, told) = Self.apply(facts, to: &attempt, at: now)
                    var events = told
                    found.withLock { $0 = outcome }
                    if let agreed, Self.isCallback(attempt) {
                        // The zone may be one that only the campaign knows.
                        guard let known else { throw Refusal("what was agreed on is not understood yet") }
                        let zone = rules.zone(of: lead, number: attempt.number, known.campaign)
                        lead.callbackAt = AgreedTime.read(agreed, zone: zone, now: now)
                    }
                    guard let outcome else { return events }
                    guard let known else { throw Refusal("what follows is not known yet") }
                    events += Self.settle(&lead, attempt, outcome, rules, known, at: now)
                    return events
                }
                return found.withLock { $0 }
            } catch {
                if case .notFound = error { return nil }
                guard case .refused = error, context == nil else { throw error }
                guard let attempt = try await store.attempts.get(id) else { return nil }
                context = try await self.context(of: attempt)
            }
        }
    }

    private static func isCallback(_ attempt: Attempt) -> Bool { Disposition.named(attempt.disposition).isCallback }

    private func context(of attempt: Attempt) async throws(StoreError) -> Context {
        let record = try await store.campaigns.get(attempt.campaign)
        let earlier = try await store.attempts.list(AttemptFilter(lead: attempt.lead, isLive: false))
        let made = earlier.filter { $0.id != attempt.id && !$0.wasNeverPlaced }
        return Context(
            campaign: CampaignReading(record?.body ?? [:]).campaign,
            past: made.reversed().map(\.disposition),
            lastAt: made.first?.intendedAt
        )
    }

    /// Whoever says so is called by nobody any more, from this commit on.
    private func suppress(_ id: String) async throws(StoreError) {
        guard let attempt = try await store.attempts.get(id) else { return }
        let lead = try await store.leads.get(attempt.lead)
        let numbers = Set((lead?.allNumbers ?? []) + [attempt.number])
        try await suppress(numbers: numbers.sorted())
    }

    /// Somebody who was erased meanwhile has no number any more.
    private func suppress(numbers: [String]) async throws(StoreError) {
        let wanted = numbers.filter(Suppression.isPattern)
        guard !wanted.isEmpty else { return }
        try await store.suppressions.add(
            wanted.map { Suppression(pattern: $0, reason: "asked for in a call", made: now()) }
        )
    }

    /// The same of calls that came in, or that an operator has placed.
    private func suppress(after ended: Event) async throws(StoreError) {
        let data = ended.data
        guard Disposition.named(data["disposition"]?.string ?? "").isDoNotCall,
            !AttemptNews.isOfCampaign(data["attempt_id"]?.string ?? "")
        else { return }
        try await suppress(numbers: [data[data["direction"]?.string == "outbound" ? "to" : "from"]?.string ?? ""])
    }

    // MARK: Facts

    private static func apply(
        _ facts: [(fact: AttemptFact, at: Timestamp)],
        to attempt: inout Attempt,
        at now: Timestamp
    ) -> (outcome: AttemptOutcome?, events: [Event]) {
        let wasPlaced = !attempt.carrierCallID.isEmpty
        var machine = AttemptMachine(attempt)
        var outcome: AttemptOutcome?
        for fact in facts where outcome == nil { outcome = machine.handle(fact.fact, at: fact.at) }
        attempt = machine.attempt
        var events: [Event] = []
        if !wasPlaced, !attempt.carrierCallID.isEmpty { events.append(attempt.placedEvent(at: now)) }
        if let outcome { events.append(attempt.endedEvent(outcome, at: now)) }
        return (outcome, events)
    }

    /// What becomes of the lead.
    private static func settle(
        _ lead: inout Lead,
        _ attempt: Attempt,
        _ outcome: AttemptOutcome,
        _ rules: RuleBook,
        _ context: Context,
        at now: Timestamp
    ) -> [Event] {
        // Closed or erased meanwhile.
        guard lead.state == .claimed else { return [] }
        lead.updated = now
        guard !attempt.wasNeverPlaced else {
            // It counts for nothing.
            (lead.attempts, lead.lastAttemptAt) = (max(0, lead.attempts - 1), context.lastAt)
            lead.state = .ready
            let soon = now + .seconds(30)
            lead.nextAt = rules.opening(lead, number: lead.nextNumber, context.campaign, from: soon) ?? soon
            return []
        }
        let retry = rules.next(
            after: outcome.disposition,
            lead: lead,
            campaign: context.campaign,
            past: context.past,
            at: now
        )
        if outcome.isAnsweredByPerson, !Disposition.named(outcome.disposition).isCallback { lead.callbackAt = nil }
        (lead.disposition, lead.state, lead.reason) = (outcome.disposition, .ready, "")
        switch retry {
        case .again(let time): lead.nextAt = time
        case .nextNumber(let time): (lead.nextAt, lead.turn) = (time, lead.turn + 1)
        case .closed(let reason): (lead.state, lead.reason) = (.closed, reason)
        }
        return [lead.updatedEvent(campaign: attempt.campaign, at: now)]
    }

    // MARK: Following the log

    /// Follows what calls and carriers tell, durably: whatever is killed in between, each fact is noted, and noting one again
    /// changes nothing.
    public func courier() -> Courier {
        Courier("dialling", topics: AttemptNews.topics + [.leadScored], store: store, manner: .inOrder) {
            [self] batch throws(DeliveryFailure) in
            var news: [String: [AttemptNews]] = [:]
            var order: [String] = []
            for one in batch.compactMap({ AttemptNews($0.event) }) {
                if news[one.attempt] == nil { order.append(one.attempt) }
                news[one.attempt, default: []].append(one)
            }
            for attempt in order {
                do throws(StoreError) { try await note(news[attempt] ?? []) } catch {
                    throw DeliveryFailure("\(error)", isRetryable: true)
                }
            }
            for ended in batch.map(\.event) where ended.topic == .callEnded {
                do throws(StoreError) { try await suppress(after: ended) } catch {
                    throw DeliveryFailure("\(error)", isRetryable: true)
                }
            }
            for scored in batch where scored.event.topic == .leadScored {
                do throws(StoreError) { try await take(score: scored.event) } catch {
                    throw DeliveryFailure("\(error)", isRetryable: true)
                }
            }
            return batch.map { _ in nil }
        }
    }

    /// A lead's new score and stage order it anew.
    private func take(score event: Event) async throws(StoreError) {
        guard let score = event.data["score"]?.int, let stage = event.data["stage"]?.string,
            try await store.leads.get(event.key) != nil
        else { return }
        let campaign = try await store.attempts.list(AttemptFilter(lead: event.key), limit: 1).first?.campaign ?? ""
        let now = now()
        do throws(StoreError) {
            try await store.leads.change(event.key) { lead in
                guard lead.score != score || lead.stage != stage else { return [] }
                (lead.score, lead.stage, lead.updated) = (score, stage, now)
                return [lead.updatedEvent(campaign: campaign, at: now)]
            }
        } catch { if case .notFound = error { return } else { throw error } }
    }
}
