public import Core
import JSONKit

/// The campaigns: their documents with revisions, and their states. What a change brings about (events) is committed with it.
/// Any thread.
public final class CampaignTable: Sendable {
    private let thread: StoreThread
    private let log: EventLog
    private let isShared: Bool

    init(thread: StoreThread, log: EventLog, isShared: Bool) {
        (self.thread, self.log, self.isShared) = (thread, log, isShared)
    }

    /// Adds a campaign. The events that `events` answers are appended in the same commit.
    /// - Throws: `.revisionConflict` where there is one of its name, `.refused` where another campaign has one of its lists.
    @discardableResult
    public func add(
        _ record: CampaignRecord,
        events: @escaping @Sendable (CampaignRecord) -> [Event] = { _ in [] }
    ) async throws(StoreError) -> CampaignRecord {
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                try Self.checkLists(of: record, in: database, isShared)
                guard try CampaignRows.insert(database, record) else {
                    let found = try CampaignRows.find(database, record.name)?.revision ?? 0
                    throw .revisionConflict(expected: 0, found: found)
                }
                return (record, events(record))
            }
        }
    }

    /// Changes one campaign: `change` gets it as it is now, and may refuse. A body that differs is the next revision. The
    /// campaign as it is then.
    /// - Throws: `.notFound`, `.revisionConflict`, and `.refused` with what `change` threw.
    @discardableResult
    public func change(
        _ name: String,
        ifRevision revision: Int64? = nil,
        _ change: @escaping @Sendable (inout CampaignRecord) throws(Refusal) -> [Event]
    ) async throws(StoreError) -> CampaignRecord {
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                guard var record = try CampaignRows.find(database, name, locked: isShared) else {
                    throw .notFound("campaign \(name)")
                }
                let before = record
                if let revision, revision != before.revision {
                    throw .revisionConflict(expected: revision, found: before.revision)
                }
                let events: [Event]
                do throws(Refusal) { events = try change(&record) } catch { throw StoreError.refused(error.reason) }
                if record.body != before.body {
                    record.revision += 1
                    try Self.checkLists(of: record, in: database, isShared)
                }
                if record != before { try CampaignRows.update(database, record) }
                return (record, events)
            }
        }
    }

    /// A list belongs to one campaign that is not completed, whoever is fastest: looked at in the commit that takes it.
    private static func checkLists(
        of record: CampaignRecord,
        in database: borrowing Database,
        _ isShared: Bool
    ) throws(StoreError) {
        if isShared { try ClaimRows.lock(database) }
        func lists(_ record: CampaignRecord) -> Set<String> {
            Set((record.body["lists"]?.array ?? []).compactMap(\.string))
        }
        let wanted = lists(record)
        let others = try CampaignRows.list(database).filter { $0.name != record.name }
        for other in others where other.state != CampaignRecord.completed {
            guard let list = lists(other).intersection(wanted).min() else { continue }
            throw .refused("lists: \(list) belongs to the campaign \(other.name) until that is completed")
        }
    }

    public func get(_ name: String) async throws(StoreError) -> CampaignRecord? {
        try await thread.ask { database throws(StoreError) in try CampaignRows.find(database, name) }
    }

    /// All of them, by name.
    public func list() async throws(StoreError) -> [CampaignRecord] {
        try await thread.ask { database throws(StoreError) in try CampaignRows.list(database) }
    }

    /// Whether there was one. Its leads and attempts stay.
    /// - Throws: `.refused` while somebody is being called for it.
    public func delete(_ name: String) async throws(StoreError) -> Bool {
        try await thread.ask { database throws(StoreError) in
            try database.transaction { () throws(StoreError) in
                let live = try AttemptRows.countLive(database, campaign: name)
                guard live == 0 else {
                    throw .refused("the campaign has \(live) calls under way; let them end")
                }
                return try CampaignRows.delete(database, name)
            }
        }
    }
}
