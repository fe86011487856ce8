public import Core
public import JSONKit

/// The leads of all lists. What a change of a lead brings about (events) is committed with it, so that both are there or
/// neither. Any thread.
public final class LeadTable: Sendable {
    private let thread: StoreThread
    private let log: EventLog
    private let isShared: Bool

    init(thread: StoreThread, log: EventLog, isShared: Bool) {
        (self.thread, self.log, self.isShared) = (thread, log, isShared)
    }

    /// A note that is committed with leads: where whoever brings them goes on. Of two that bring the same leads one is refused.
    public struct Mark: Sendable {
        /// Of the documents' table.
        let collection: String
        let name: String
        /// What it says until then; nil: there is none.
        let before: JSON?
        let body: @Sendable (LeadsAdded) -> JSON

        public init(
            _ collection: String,
            _ name: String,
            was before: JSON?,
            body: @escaping @Sendable (LeadsAdded) -> JSON
        ) {
            (self.collection, self.name, self.before, self.body) = (collection, name, before, body)
        }
    }

    /// Adds leads in one commit with the mark and the events. `update`: a lead that is there already takes from the new one
    /// what that says of the person; how far it has come stays. At most a few thousand: everybody else waits meanwhile.
    public func add(
        _ leads: [Lead],
        mark: Mark? = nil,
        update: Bool = false,
        events: @escaping @Sendable (LeadsAdded) -> [Event] = { _ in [] }
    ) async throws(StoreError) -> LeadsAdded {
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                let new = try LeadRows.insert(database, leads)
                var outcome = LeadsAdded()
                var seen: Set<String> = []
                for lead in leads {
                    let isFirst = seen.insert(lead.id).inserted
                    if isFirst, new.contains(lead.id) {
                        outcome.added += 1
                    } else if update, try Self.merge(lead, into: database, isShared) {
                        outcome.updated += 1
                    } else {
                        outcome.duplicates += 1
                    }
                }
                if let mark {
                    try Documents.set(database, mark.collection, mark.name, mark.body(outcome), was: mark.before)
                }
                return (outcome, events(outcome))
            }
        }
    }

    /// Whether there was something to change.
    private static func merge(
        _ lead: Lead,
        into database: borrowing Database,
        _ isShared: Bool
    ) throws(StoreError) -> Bool {
        guard let before = try LeadRows.find(database, lead.id, locked: isShared) else { return false }
        var after = before
        after.take(personOf: lead)
        // What it was closed for may be there now; if not, the next claim says so again.
        let isHealed =
            before.reason == "consent" && after.consent != before.consent
            || before.reason == "window" && (after.zone, after.region) != (before.zone, before.region)
        if before.state == .closed, isHealed { (after.state, after.reason, after.nextAt) = (.ready, "", lead.updated) }
        guard after != before else { return false }
        after.updated = lead.updated
        try LeadRows.update(database, after, was: before)
        return true
    }

    /// Changes one lead. `change` gets it as it is now and may refuse; the events that it answers are appended in the same
    /// commit. Whoever changes `nextAt` sets `updated`, too.
    /// - Throws: `.notFound`, and `.refused` with what `change` threw.
    @discardableResult
    public func change(
        _ id: String,
        _ change: @escaping @Sendable (inout Lead) throws(Refusal) -> [Event]
    ) async throws(StoreError) -> Lead {
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                guard var lead = try LeadRows.find(database, id, locked: isShared) else {
                    throw .notFound("lead \(id)")
                }
                let before = lead
                let events: [Event]
                do throws(Refusal) { events = try change(&lead) } catch { throw StoreError.refused(error.reason) }
                if lead != before { try LeadRows.update(database, lead, was: before) }
                return (lead, events)
            }
        }
    }

    public func get(_ id: String) async throws(StoreError) -> Lead? {
        try await thread.ask { database throws(StoreError) in try LeadRows.find(database, id) }
    }

    /// By identifier, behind one.
    public func list(
        _ filter: LeadFilter = LeadFilter(),
        after id: String = "",
        limit: Int = 100
    ) async throws(StoreError) -> [Lead] {
        try await thread.ask { database throws(StoreError) in
            let (texts, values) = filter.conditions
            let conditions = (texts + ["id > ?"]).joined(separator: " AND ")
            let limit = min(max(limit, 1), 10_000)
            return try LeadRows.select(database, "WHERE \(conditions) ORDER BY id LIMIT \(limit)", values + [id])
        }
    }

    /// How many leads of the lists (none: of all) there are of each state and disposition. A tenth of a second for a million:
    /// not for every tick.
    public func counts(lists: [String] = []) async throws(StoreError) -> [LeadCount] {
        try await thread.ask { database throws(StoreError) in try LeadRows.counts(database, lists: lists) }
    }

    /// The lists that have leads.
    public func lists() async throws(StoreError) -> [String] {
        try await thread.ask { database throws(StoreError) in try LeadRows.lists(database) }
    }

    /// Whether the lists have leads, all of which are closed. One look into an index each.
    public func areClosed(lists: [String]) async throws(StoreError) -> Bool {
        try await thread.ask { database throws(StoreError) in
            guard try !LeadRows.has(database, in: lists, states: [.ready, .claimed]) else { return false }
            return try LeadRows.has(database, in: lists, states: [.closed])
        }
    }

    /// Forgets whose number it is: their leads, on all lists, and who was called in the attempts, which stay as figures.
    ///
    /// What remains of each number is its digest, as a pattern that forbids it to all campaigns: a list that is imported again
    /// would have them called again otherwise. Leads that are being called stay until that is over: ask again then.
    public func erase(number: String, at now: Timestamp) async throws(StoreError) -> LeadsErased {
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                if isShared { try ClaimRows.lock(database) }
                var erased = LeadsErased()
                var numbers: Set<String> = [number]
                for id in try LeadRows.ids(of: number, in: database) {
                    guard let lead = try LeadRows.find(database, id, locked: isShared) else { continue }
                    numbers.formUnion(lead.allNumbers)
                    guard try AttemptRows.live(database, lead: id) == 0 else {
                        erased.live += 1
                        continue
                    }
                    try LeadRows.delete(database, id)
                    erased.leads.append(id)
                    erased.attempts += try AttemptRows.anonymise(database, lead: id)
                }
                for one in numbers.sorted() {
                    erased.attempts += try AttemptRows.anonymise(database, number: one)
                    erased.suppressions += try SuppressionRows.makeUnreadable(database, one)
                    let digest = Suppression(pattern: Suppression.digest(of: one), reason: "erased", made: now)
                    _ = try SuppressionRows.insert(database, [digest])
                }
                return (erased, [])
            }
        }
    }
}
