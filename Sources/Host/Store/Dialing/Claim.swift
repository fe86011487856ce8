import Core
import JSONKit

/// One host's asking for leads of a campaign, carried out in one transaction.
struct Claim: Sendable {
    let campaign: String
    let lists: [String]
    let callerIDs: [String]
    let owner: String
    let limit: Int
    let concurrent: Int
    let millicallsPerSecond: Int64
    let now: Timestamp
    let isShared: Bool

    /// Leads that one claim looks at, at the most.
    static let lookAhead = 256
    /// How long a number is left alone that somebody is calling.
    private static let busy: Int64 = 30_000

    /// What PostgreSQL needs behind a selection; what another host is changing is not looked at.
    var skipsLocked: String { isShared ? " FOR UPDATE SKIP LOCKED" : "" }

    /// What the claim has come to so far.
    private struct Outcome {
        var claimed: [Claimed] = []
        var events: [Event] = []
        var hasPassed = false
    }

    func run(
        _ database: borrowing Database,
        _ decide: (Prospect) -> Claiming
    ) throws(StoreError) -> ([Claimed], [Event]) {
        if isShared { try ClaimRows.lock(database) }
        let record = try CampaignRows.find(database, campaign, locked: isShared)
        guard record?.state == CampaignRecord.running else { return ([], []) }
        var (bucket, turn) = try CampaignRows.bucket(database, campaign)
        bucket.refill(millicallsPerSecond, at: now)
        let room = concurrent - (try AttemptRows.countLive(database, campaign: campaign))
        let budget = min(limit, room, bucket.calls)
        guard budget > 0 else { return ([], []) }
        try ClaimRows.ripen(database, self, limit: Self.lookAhead)
        var outcome = Outcome()
        try take(from: database, budget, turn, &outcome, isCallback: true, decide)
        try take(from: database, budget, turn, &outcome, isCallback: false, decide)
        if !outcome.claimed.isEmpty {
            turn += Int64(outcome.claimed.count)
            bucket.take(outcome.claimed.count)
            try CampaignRows.set(database, campaign, bucket, turn: turn)
        }
        return (outcome.claimed, outcome.events)
    }

    /// Looks at candidates until there are enough, or none any more, or it has looked at many.
    private func take(
        from database: borrowing Database,
        _ budget: Int,
        _ turn: Int64,
        _ outcome: inout Outcome,
        isCallback: Bool,
        _ decide: (Prospect) -> Claiming
    ) throws(StoreError) {
        var looked = 0
        while outcome.claimed.count < budget, looked < Self.lookAhead {
            let size = (budget - outcome.claimed.count) * 2 > 32 ? 128 : 32
            let leads =
                isCallback
                ? try ClaimRows.callbacks(database, self, limit: size)
                : try ClaimRows.ripe(database, self, limit: size)
            let prospects = try ClaimRows.prospects(database, leads, campaign: campaign, at: now)
            try settle(prospects, in: database, budget, turn, &outcome, decide)
            looked += size
            // Who was passed over would only come again.
            if leads.count < size || outcome.hasPassed { return }
        }
    }

    private func settle(
        _ prospects: [Prospect],
        in database: borrowing Database,
        _ budget: Int,
        _ turn: Int64,
        _ outcome: inout Outcome,
        _ decide: (Prospect) -> Claiming
    ) throws(StoreError) {
        var attempts: [(Attempt, Lead)] = []
        var waiting: [Timestamp: [String]] = [:]
        var numbers: Set<String> = []
        let later = Timestamp(unixMilliseconds: now.unixMilliseconds + Self.busy)
        for prospect in prospects {
            let count = outcome.claimed.count + attempts.count
            guard count < budget else { break }
            switch decide(prospect) {
            case .dial(let decision, let until):
                if prospect.isLive || !numbers.insert(prospect.number).inserted {
                    waiting[later, default: []].append(prospect.lead.id)
                } else {
                    attempts.append((attempt(prospect, decision, until, turn + Int64(count)), prospect.lead))
                }
            case .wait(let until):
                // A time that is over already would be asked for again at once.
                let until = max(until, Timestamp(unixMilliseconds: now.unixMilliseconds + 1))
                waiting[until, default: []].append(prospect.lead.id)
            case .close(let reason):
                outcome.events.append(try close(prospect.lead, reason, in: database))
            case .pass:
                outcome.hasPassed = true
            }
        }
        try write(attempts, waiting, in: database, later: later, &outcome)
    }

    private func attempt(_ prospect: Prospect, _ decision: JSON, _ until: Timestamp, _ turn: Int64) -> Attempt {
        Attempt(
            id: AttemptID.make().rawValue,
            campaign: campaign,
            lead: prospect.lead.id,
            list: prospect.lead.list,
            number: prospect.number,
            callerID: callerIDs[Int(turn) % callerIDs.count],
            owner: owner,
            decision: decision,
            intendedAt: now,
            due: until
        )
    }

    private func close(_ lead: Lead, _ reason: String, in database: borrowing Database) throws(StoreError) -> Event {
        var after = lead
        (after.state, after.reason, after.updated) = (.closed, reason, now)
        try LeadRows.update(database, after, was: lead)
        return after.updatedEvent(campaign: campaign, at: now)
    }

    private func write(
        _ attempts: [(Attempt, Lead)],
        _ waiting: [Timestamp: [String]],
        in database: borrowing Database,
        later: Timestamp,
        _ outcome: inout Outcome
    ) throws(StoreError) {
        var waiting = waiting
        // Another campaign may have been faster.
        let taken = attempts.isEmpty ? [] : try AttemptRows.takeNumbers(database, attempts.map(\.0))
        for (attempt, _) in attempts where !taken.contains(attempt.id) {
            waiting[later, default: []].append(attempt.lead)
        }
        let placed = attempts.filter { taken.contains($0.0.id) }
        if !placed.isEmpty {
            try AttemptRows.insert(database, placed.map(\.0))
            try ClaimRows.setClaimed(database, placed.map(\.1.id), at: now)
        }
        for (until, ids) in waiting { try ClaimRows.setWaiting(database, ids, until: until) }
        for (attempt, lead) in placed {
            var lead = lead
            (lead.state, lead.attempts, lead.lastAttemptAt, lead.updated) = (.claimed, lead.attempts + 1, now, now)
            outcome.claimed.append(Claimed(attempt: attempt, lead: lead))
            outcome.events.append(attempt.intendedEvent)
        }
    }
}
