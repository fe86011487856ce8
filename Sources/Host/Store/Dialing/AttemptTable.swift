public import Core

/// Every try to reach somebody. An attempt is durable, with its event, before the carrier hears of it; its number is nobody
/// else's until it is over. Any thread.
public final class AttemptTable: Sendable {
    private let thread: StoreThread
    private let log: EventLog
    private let isShared: Bool

    init(thread: StoreThread, log: EventLog, isShared: Bool) {
        (self.thread, self.log, self.isShared) = (thread, log, isShared)
    }

    /// Gives out the leads that are to be called now: callbacks that are due first, then by priority, score and time.
    ///
    /// One host at a time claims, so the campaign's calls under way stay at most `concurrent` and its calls a second below the
    /// rate over all hosts. Nothing is given out unless the campaign is `running`: a pause holds from its commit on. `decide`
    /// gets each candidate with all that the rules ask, on the store's thread, and must take microseconds; at most
    /// 256 callbacks and 256 others are looked at. Whom somebody is calling already is left alone for half a minute, whatever
    /// `decide` says. The attempts are committed with their events (`attempt.intended`), closed leads with theirs. `lists` are
    /// at most 64; `owner` is the host, which is responsible for what it gets.
    public func claim(
        campaign: String,
        lists: [String],
        callerIDs: [String],
        owner: String,
        limit: Int,
        concurrent: Int,
        millicallsPerSecond: Int64,
        at now: Timestamp,
        decide: @escaping @Sendable (Prospect) -> Claiming
    ) async throws(StoreError) -> [Claimed] {
        guard limit > 0, !lists.isEmpty, !callerIDs.isEmpty else { return [] }
        guard lists.count <= 64 else { throw .refused("a campaign has at most 64 lists") }
        let claim = Claim(
            campaign: campaign,
            lists: lists,
            callerIDs: callerIDs,
            owner: owner,
            limit: limit,
            concurrent: concurrent,
            millicallsPerSecond: millicallsPerSecond,
            now: now,
            isShared: isShared
        )
        let log = log
        return try await thread.ask { database throws(StoreError) in
            // Most of the time there is nothing, and nothing to lock for.
            guard try ClaimRows.isAnyDue(database, claim) else { return [] }
            return try log.alongside(database) { () throws(StoreError) in try claim.run(database, decide) }
        }
    }

    /// Changes one attempt and its lead in one commit with the events that `change` answers. Where the attempt is over then, its
    /// number is free. Of somebody who was forgotten meanwhile, `change` gets a closed lead without a name, which is not kept.
    /// - Throws: `.notFound`, and `.refused` with what `change` threw, or where it wants to go on with what was over.
    @discardableResult
    public func change(
        _ id: String,
        _ change: @escaping @Sendable (inout Attempt, inout Lead) throws(Refusal) -> [Event]
    ) async throws(StoreError) -> Claimed {
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                guard var attempt = try AttemptRows.find(database, id, locked: isShared) else {
                    throw .notFound("attempt \(id)")
                }
                let found = try LeadRows.find(database, attempt.lead, locked: isShared)
                var lead = found ?? Lead(forgottenBy: attempt)
                let before = attempt
                let events: [Event]
                do throws(Refusal) {
                    events = try change(&attempt, &lead)
                } catch {
                    throw StoreError.refused(error.reason)
                }
                guard before.state.isLive || !attempt.state.isLive else { throw .refused("attempt \(id) is over") }
                if attempt != before { try AttemptRows.update(database, attempt) }
                if let found, lead != found { try LeadRows.update(database, lead, was: found) }
                if before.state.isLive, !attempt.state.isLive { try AttemptRows.releaseNumber(database, of: attempt) }
                return (Claimed(attempt: attempt, lead: lead), events)
            }
        }
    }

    public func get(_ id: String) async throws(StoreError) -> Attempt? {
        try await thread.ask { database throws(StoreError) in try AttemptRows.find(database, id) }
    }

    /// Newest first, at most 10,000; `before`: older than that one.
    public func list(
        _ filter: AttemptFilter = AttemptFilter(),
        before id: String? = nil,
        limit: Int = 100
    ) async throws(StoreError) -> [Attempt] {
        try await thread.ask { database throws(StoreError) in
            var (conditions, texts, numbers) = filter.conditions
            // Identifiers are in the order of time.
            if let id {
                conditions.insert("id < ?", at: 0)
                texts.insert(id, at: 0)
            }
            let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
            let limit = min(max(limit, 1), 10_000)
            return try AttemptRows.select(database, "\(condition) ORDER BY id DESC LIMIT \(limit)", texts, numbers)
        }
    }

    /// How many are being called for a campaign, by all hosts.
    public func countLive(campaign: String) async throws(StoreError) -> Int {
        try await thread.ask { database throws(StoreError) in try AttemptRows.countLive(database, campaign: campaign) }
    }

    /// All that the rules ask of a lead, as a claim of the campaign would hear it now; nil: there is no such lead.
    public func prospect(
        of lead: String,
        campaign: String,
        at now: Timestamp
    ) async throws(StoreError) -> Prospect? {
        try await thread.ask { database throws(StoreError) in
            guard let lead = try LeadRows.find(database, lead) else { return nil }
            return try ClaimRows.prospects(database, [lead], campaign: campaign, at: now).first
        }
    }
}

extension Lead {
    fileprivate init(forgottenBy attempt: Attempt) {
        self.init(id: attempt.lead, list: attempt.list, number: attempt.number, made: attempt.intendedAt)
        (state, reason) = (.closed, "erased")
    }
}
