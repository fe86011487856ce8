import Core
import JSONKit
import Store
import Synchronization

/// That every attempt has somebody who looks after it.
extension Dialler {
    /// Compares what the table says with what the machines know.
    func sweep(_ records: [CampaignRecord]) async throws(StoreError) {
        let now = now()
        let live = try await store.attempts.list(AttemptFilter(isLive: true), limit: 10_000)
        let isFirst = state.withLock { state in
            defer { state.hasSwept = true }
            state.hosts = Set(live.map { $0.owner } + [settings.owner]).count
            return !state.hasSwept
        }
        var tracked: Set<String> = []
        for dialling in state.withLock({ Array($0.diallings.values) }) { tracked.formUnion(dialling.attempts) }
        for attempt in live {
            guard let record = records.first(where: { $0.name == attempt.campaign }) else { continue }
            if attempt.owner == settings.owner {
                try await tend(attempt, record, isTracked: tracked.contains(attempt.id), at: now)
            } else if isOrphan(attempt, isFirst: isFirst, at: now) {
                try await inherit(attempt, record)
            }
        }
        let alive = Set(live.map(\.id))
        for id in tracked where !alive.contains(id) { try await bury(id) }
    }

    /// One of ours.
    private func tend(
        _ attempt: Attempt,
        _ record: CampaignRecord,
        isTracked: Bool,
        at now: Timestamp
    ) async throws(StoreError) {
        // A claim that has just been committed is about to be told of.
        if !isTracked, now - attempt.intendedAt > .seconds(10) { return try await inherit(attempt, record) }
        if attempt.endedAt != nil, AttemptMachine.end(of: attempt, or: now) <= now {
            try await book.note(attempt.id, [(.time, now)])
        }
        guard settings.isShared, attempt.due < now + settings.lease / 2 else { return }
        let (owner, due) = (settings.owner, now + settings.lease)
        _ = try await change(attempt.id) { attempt in
            guard attempt.owner == owner else { return false }
            attempt.due = due
            return true
        }
    }

    /// Nobody looks after it: its host is dead, or it is from this one's life before.
    private func isOrphan(_ attempt: Attempt, isFirst: Bool, at now: Timestamp) -> Bool {
        let isOfThisHost = attempt.owner.prefix { $0 != "#" } == settings.host
        if isOfThisHost || !settings.isShared { return isFirst || attempt.due < now }
        return attempt.due < now
    }

    private func inherit(_ attempt: Attempt, _ record: CampaignRecord) async throws(StoreError) {
        let (owner, now) = (settings.owner, now())
        let (before, due) = (attempt.owner, now + settings.lease)
        let isOurs = try await change(attempt.id) { attempt in
            guard attempt.owner == before, attempt.state.isLive else { return false }
            (attempt.owner, attempt.due) = (owner, due)
            return true
        }
        guard isOurs else { return }
        let dialling = make(record)
        own([attempt.id], dialling.name)
        dialling.metrics.inherited()
        let lead = try await store.leads.get(attempt.lead)
        let latest = lead.flatMap {
            rules().latestStart(Prospect(lead: $0, number: attempt.number), dialling.campaign, at: now)
        }
        let status = attempt.status.isEmpty ? nil : attempt.status
        tell(dialling, .inherited(attempt.id, status: status, latestStart: latest ?? now))
    }

    /// It is over, and nobody told us.
    private func bury(_ id: String) async throws(StoreError) {
        guard let campaign = state.withLock({ $0.owners[id] }),
            let dialling = state.withLock({ $0.diallings[campaign] }),
            let attempt = try await store.attempts.get(id)
        else { return }
        // It may have been claimed behind the list.
        guard !attempt.state.isLive || attempt.owner != settings.owner else { return }
        disown(id)
        dialling.forget(id)
        tell(dialling, .ended(id, AttemptOutcome(unknown: "over")))
    }

    /// Whether it was changed.
    private func change(_ id: String, _ body: @escaping @Sendable (inout Attempt) -> Bool) async throws(StoreError)
        -> Bool
    {
        do throws(StoreError) {
            try await store.attempts.change(id) { attempt, _ throws(Refusal) in
                guard body(&attempt) else { throw Refusal("somebody else's") }
                return []
            }
            return true
        } catch {
            switch error {
            case .refused, .notFound: return false
            default: throw error
            }
        }
    }

    // MARK: Following

    /// Hears what is told of our attempts as it happens. What is missed by that, the sweep finds.
    func follow() {
        let topics: [Topic] = [.callStatus, .callStarted, .callEnded, .attemptEnded]
        let follower = store.log.follow(after: store.log.lastPosition, topics: topics) { [weak self] batch in
            for recorded in batch { self?.hear(recorded.event) }
            return true
        }
        state.withLock { $0.followers.append(follower) }
    }

    private func hear(_ event: Event) {
        let id = event.topic == .attemptEnded ? event.key : event.data["attempt_id"]?.string ?? ""
        let found = state.withLock { state in state.owners[id].flatMap { state.diallings[$0] } }
        guard let dialling = found else { return }
        switch event.topic {
        case .callStatus where event.data["of"]?.string == "call":
            tell(dialling, .status(id, event.data["status"]?.string ?? ""))
        case .callStarted: tell(dialling, .talking(id))
        case .callEnded: tell(dialling, .concluded(id))
        case .attemptEnded:
            let outcome = AttemptOutcome(event)
            dialling.metrics.ended(outcome.disposition)
            disown(id)
            dialling.forget(id)
            tell(dialling, .ended(id, outcome))
        default: break
        }
    }

    // MARK: Counting

    /// Counts abandoned calls of all hosts, from where the kept counts end.
    func count(for dialling: CampaignDialling) {
        let follower = store.log.follow(after: dialling.countedTo, topics: [.attemptEnded]) { [weak dialling] batch in
            guard let dialling else { return false }
            for recorded in batch where recorded.event.data["campaign"]?.string == dialling.name {
                dialling.count(AttemptOutcome(recorded.event), position: recorded.position, at: recorded.event.at)
            }
            return true
        }
        state.withLock { $0.followers.append(follower) }
    }

    /// Whichever host has counted furthest; all of them count the same.
    func keepFigures() async throws(StoreError) {
        for dialling in state.withLock({ Array($0.diallings.values) }) {
            guard let (position, json) = dialling.figures() else { continue }
            do throws(StoreError) {
                try await store.campaigns.change(dialling.name) { record in
                    if record.figures["position"]?.int ?? 0 < position { record.figures = json }
                    return []
                }
                dialling.kept(position)
            } catch { if case .notFound = error { continue } else { throw error } }
        }
    }
}
