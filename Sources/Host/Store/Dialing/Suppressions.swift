/// The do-not-call lists: whom nobody may call, and whom one campaign may not. What is entered holds for every claim that
/// begins afterwards, on every host. Any thread.
public final class Suppressions: Sendable {
    private let thread: StoreThread
    private let log: EventLog
    private let isShared: Bool

    init(thread: StoreThread, log: EventLog, isShared: Bool) {
        (self.thread, self.log, self.isShared) = (thread, log, isShared)
    }

    /// The most that is entered at once.
    public static let batch = 10_000

    /// Enters them; the new ones, each of which is told of by an event in the same commit.
    /// - Throws: `.refused` for a pattern that is none, and for more than `batch`.
    @discardableResult
    public func add(_ suppressions: [Suppression]) async throws(StoreError) -> [Suppression] {
        guard suppressions.count <= Self.batch else {
            throw .refused("\(suppressions.count) patterns at once; \(Self.batch) are the most")
        }
        if let index = suppressions.firstIndex(where: { !Suppression.isPattern($0.pattern) }) {
            throw .refused("pattern \(index + 1) is no number in E.164, as in +15551234567, and no beginning with *")
        }
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                if isShared { try ClaimRows.lock(database) }
                let new = try SuppressionRows.insert(database, suppressions)
                return (new, new.map(\.event))
            }
        }
    }

    /// Whether there was one.
    public func remove(campaign: String = "", pattern: String) async throws(StoreError) -> Bool {
        try await thread.ask { database throws(StoreError) in
            try SuppressionRows.delete(database, campaign: campaign, pattern: pattern)
        }
    }

    /// By pattern, behind one; `campaign`: nil: of all, empty: those that hold for all.
    public func list(
        campaign: String? = nil,
        after pattern: String = "",
        limit: Int = 100
    ) async throws(StoreError) -> [Suppression] {
        try await thread.ask { database throws(StoreError) in
            try SuppressionRows.list(database, campaign: campaign, after: pattern, limit: limit)
        }
    }

    /// What forbids each of the numbers for a campaign; numbers that may be called are not in it.
    public func matches(_ numbers: [String], campaign: String) async throws(StoreError) -> [String: Suppression] {
        try await thread.ask { database throws(StoreError) in
            try SuppressionRows.matches(database, numbers, campaign: campaign)
        }
    }
}
