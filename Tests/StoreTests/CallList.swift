import Core
import JSONKit
import Store

/// A campaign `c` with leads on list `l`, and a clock that the test drives.
struct CallList {
    let store: Store
    /// Some Monday.
    static let start = Timestamp(unixMilliseconds: 1_795_500_000_000)

    init(_ store: Store, leads: Int, campaign: String = "c", list: String = "l") async throws {
        self.store = store
        if campaign == "c" { try await Self.addCampaign("c", to: store) }
        var left = 0..<leads
        while !left.isEmpty {
            let part = left.prefix(500)
            _ = try await store.leads.add(part.map { Self.lead($0, list: list) })
            left = left.dropFirst(part.count)
        }
    }

    static func addCampaign(_ name: String, to store: Store) async throws {
        let record = CampaignRecord(name: name, state: CampaignRecord.running, body: [:], made: start)
        try await store.campaigns.add(record)
    }

    static func lead(_ number: Int, list: String = "l") -> Lead {
        Lead(list: list, number: "+1555" + String(1_000_000 + number), made: start)
    }

    static func later(_ seconds: Double) -> Timestamp {
        Timestamp(unixMilliseconds: start.unixMilliseconds + Int64(seconds * 1000))
    }

    func claim(
        _ campaign: String = "c",
        lists: [String] = ["l"],
        owner: String = "a",
        limit: Int = 10,
        concurrent: Int = 1_000_000,
        perSecond: Double = 100_000,
        at: Timestamp = CallList.start,
        by other: Store? = nil,
        decide: @escaping @Sendable (Prospect) -> Claiming = { _ in
            .dial(decision: ["allowed": true], until: CallList.later(60))
        }
    ) async throws -> [Claimed] {
        try await (other ?? store).attempts.claim(
            campaign: campaign,
            lists: lists,
            callerIDs: ["+15550100", "+15550101"],
            owner: owner,
            limit: limit,
            concurrent: concurrent,
            millicallsPerSecond: Int64(perSecond * 1000),
            at: at,
            decide: decide
        )
    }

    /// Ends an attempt; its lead is ready again at a time, or closed.
    @discardableResult
    func end(_ attempt: String, againAt: Timestamp? = nil, at: Timestamp = CallList.start) async throws -> Claimed {
        try await store.attempts.change(attempt) { attempt, lead throws(Refusal) in
            (attempt.state, attempt.disposition, attempt.endedAt) = (.over, "busy", at)
            (lead.state, lead.disposition, lead.updated) = (againAt == nil ? .closed : .ready, "busy", at)
            if let againAt { lead.nextAt = againAt }
            return [Event(.attemptEnded, key: attempt.id, id: attempt.eventID("ended"), at: at)]
        }
    }
}
