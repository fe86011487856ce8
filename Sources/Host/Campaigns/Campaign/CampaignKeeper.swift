public import Core
public import JSONKit
public import Store
import Synchronization

/// The campaigns of a store, as administrators and the schedule change them. What it decides is `CampaignMachine`'s; here it is
/// committed. Any thread; several hosts on one database may keep the same campaigns, each change is made once.
public final class CampaignKeeper: Sendable {
    /// What it needs to know of the rest of the host.
    public struct Neighbours: Sendable {
        public var agents: @Sendable () async throws(StoreError) -> [CampaignSurroundings.Agent]
        /// Names that dispositions have without an agent's doing.
        public var dispositions: [String]
        /// What the rules have against a campaign, by the members of its document.
        public var problems: @Sendable (Campaign) -> [FieldError]
        /// Whether more leads come to a list by themselves.
        public var isFed: @Sendable (_ list: String) -> Bool
        public var now: @Sendable () -> Timestamp

        public init(
            agents: @escaping @Sendable () async throws(StoreError) -> [CampaignSurroundings.Agent],
            dispositions: [String] = [],
            problems: @escaping @Sendable (Campaign) -> [FieldError] = { _ in [] },
            isFed: @escaping @Sendable (_ list: String) -> Bool = { _ in false },
            now: @escaping @Sendable () -> Timestamp = { .now() }
        ) {
            (self.agents, self.dispositions, self.problems) = (agents, dispositions, problems)
            (self.isFed, self.now) = (isFed, now)
        }
    }

    let store: Store
    let neighbours: Neighbours
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// How often schedules and ends are looked at.
    private static let interval = Duration.seconds(1)
    /// So many looks at the clock pass between two looks at what is left to be called.
    private static let looksBetween = 10

    public init(_ store: Store, _ neighbours: Neighbours) { (self.store, self.neighbours) = (store, neighbours) }

    // MARK: Asking

    /// By name.
    public func list() async throws(StoreError) -> [CampaignRecord] { try await store.campaigns.list() }

    /// - Throws: `.notFound`.
    public func get(_ name: String) async throws(StoreError) -> CampaignRecord {
        guard let record = try await store.campaigns.get(name) else { throw .notFound("campaign \(name)") }
        return record
    }

    /// All that is to be said about a document, as things are now.
    public func findings(on document: JSON) async throws(StoreError) -> [CampaignFinding] {
        let name = document["name"]?.string ?? ""
        var taken: [String: String] = [:]
        for record in try await store.campaigns.list()
        where record.name != name && record.state != CampaignState.completed.rawValue {
            for list in CampaignReading(record.body).campaign.lists { taken[list] = record.name }
        }
        let surroundings = CampaignSurroundings(
            agents: try await neighbours.agents(),
            filledLists: Set(try await store.leads.lists()),
            takenLists: taken,
            dispositions: neighbours.dispositions,
            now: neighbours.now()
        )
        let findings = CampaignReview.findings(on: document, surroundings)
        guard !findings.contains(where: { $0.severity == .error }) else { return findings }
        // With these nobody could be called; the rest holds, if not as it was meant.
        let fatal = ["windows", "country", "fallback_zone"]
        return findings
            + neighbours.problems(CampaignReading(document).campaign).compactMap { problem in
                guard !findings.contains(where: { $0.path == problem.path }) else { return nil }
                let severity: CampaignFinding.Severity = fatal.contains(problem.path) ? .error : .warning
                return CampaignFinding(severity, problem.path, problem.problem)
            }
    }

    // MARK: Changing

    /// Creates or replaces a campaign whose document has no errors; a new one is a draft.
    /// - Throws: `.revisionConflict`, and `.refused` where it may not change so now.
    public func put(_ document: JSON, ifRevision revision: Int64? = nil) async throws(StoreError) -> CampaignRecord {
        let (now, campaign) = (neighbours.now(), CampaignReading(document).campaign)
        let name = campaign.name
        let known = try await store.campaigns.get(name)
        if known == nil, revision ?? 0 == 0 {
            let record = CampaignRecord(name: name, state: CampaignState.draft.rawValue, body: document, made: now)
            return try await store.campaigns.add(record) { [Self.put($0, at: now)] }
        }
        return try await change(name, ifRevision: revision, .put(campaign)) { record in
            guard record.body != document else { return [] }
            record.body = document
            return [Self.put(record, at: now, next: 1)]
        }
    }

    /// Has it run from now on, or from its time on.
    public func start(
        _ name: String,
        by actor: CampaignActor = .operator,
        atOnce: Bool = false
    ) async throws(StoreError) -> CampaignRecord {
        let findings = try await findings(on: get(name).body)
        return try await change(name, .start(by: actor, atOnce: atOnce, findings: findings))
    }

    /// Calls nobody new; calls under way finish.
    public func pause(
        _ name: String,
        by actor: CampaignActor = .operator,
        reason: String
    ) async throws(StoreError) -> CampaignRecord {
        try await change(name, .pause(by: actor, reason: reason))
    }

    public func complete(
        _ name: String,
        by actor: CampaignActor = .operator,
        reason: String
    ) async throws(StoreError) -> CampaignRecord {
        try await change(name, .complete(by: actor, reason: reason))
    }

    /// Forgets it; its leads and attempts stay.
    public func delete(_ name: String, ifRevision revision: Int64? = nil) async throws(StoreError) {
        let record = try await get(name)
        if let revision, revision != record.revision {
            throw .revisionConflict(expected: revision, found: record.revision)
        }
        let live = try await store.attempts.countLive(campaign: name)
        let machine = CampaignMachine(record)
        do throws(Refusal) { try machine.checkDeletion(live: live) } catch { throw .refused("\(name): \(error)") }
        _ = try await store.campaigns.delete(name)
    }

    /// An agent's document is gone: campaigns that need it pause.
    public func agentDeleted(_ agent: String) async throws(StoreError) {
        for record in try await store.campaigns.list() {
            _ = try await change(record.name, .agentDeleted(agent))
        }
    }

    /// Looks at the clock, and at what is left to be called where `looksAtLeads`.
    public func tick(looksAtLeads: Bool = true) async throws(StoreError) {
        for record in try await store.campaigns.list() {
            let machine = CampaignMachine(record)
            if let due = machine.nextDue, due <= neighbours.now() { _ = try await change(record.name, .time) }
            if looksAtLeads, machine.state == .running, try await isExhausted(machine.campaign) {
                _ = try await change(record.name, .exhausted)
            }
        }
    }

    /// Everybody on its lists was called, or cannot be. Lists that are empty wait to be filled, and so do those that are being
    /// filled, or are brought up to date by themselves.
    private func isExhausted(_ campaign: Campaign) async throws(StoreError) -> Bool {
        for list in campaign.lists {
            if neighbours.isFed(list) { return false }
            for state in [Job.State.queued, .running] {
                let kind = LeadImportOrder.kind
                let imports = try await store.jobs.list(kind: kind, state: state, subject: list, limit: 1)
                if !imports.isEmpty { return false }
            }
        }
        guard try await store.leads.areClosed(lists: campaign.lists) else { return false }
        return try await store.attempts.countLive(campaign: campaign.name) == 0
    }

    private func change(
        _ name: String,
        ifRevision revision: Int64? = nil,
        _ input: CampaignMachine.Input,
        _ body: @escaping @Sendable (inout CampaignRecord) -> [Event] = { _ in [] }
    ) async throws(StoreError) -> CampaignRecord {
        let now = neighbours.now()
        do throws(StoreError) {
            return try await store.campaigns.change(name, ifRevision: revision) { record throws(Refusal) in
                var machine = CampaignMachine(record)
                let events = try machine.handle(input, at: now)
                let more = body(&record)
                (record.state, record.reason) = (machine.state.rawValue, machine.reason)
                if !events.isEmpty || !more.isEmpty { record.updated = now }
                return more + events
            }
        } catch {
            if case .refused(let reason) = error { throw .refused("\(name): \(reason)") }
            throw error
        }
    }

    private static func put(_ record: CampaignRecord, at now: Timestamp, next: Int64 = 0) -> Event {
        Event(.campaignPut, key: record.name, data: ["revision": .int(record.revision + next)], at: now)
    }

    // MARK: Running

    /// Looks at the clock from now on.
    public func start() {
        task.withLock { task in
            task = task ?? Task { await self.run() }
        }
    }

    public func stop() async {
        let running = task.withLock { task in
            defer { task = nil }
            return task
        }
        running?.cancel()
        await running?.value
    }

    private func run() async {
        var look = 0
        while !Task.isCancelled {
            do throws(StoreError) { try await tick(looksAtLeads: look % Self.looksBetween == 0) } catch {
                Log("campaigns").error("the store refuses", ["reason": .string("\(error)")])
            }
            look += 1
            guard (try? await Task.sleep(for: Self.interval)) != nil else { return }
        }
    }
}

extension CampaignMachine {
    /// A campaign as the table has it. A document that this version refuses is read as far as it can be: what runs by it must
    /// be stopped all the same.
    init(_ record: CampaignRecord) {
        self.init(
            CampaignReading(record.body).campaign,
            state: CampaignState(rawValue: record.state) ?? .draft,
            reason: record.reason
        )
    }
}
