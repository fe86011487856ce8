import Calls
import Control
import Core
import Gateway
import JSONKit
import Store

/// Calls that operators place one by one. What each was placed for is durable before the carrier hears of it, because the
/// answer may reach another host, or this one after a restart. Any thread.
final class HandPlacedCalls: Sendable {
    private enum Subject: IdentifierSubject { static let prefix = "hand" }

    private static let collection = "placed_calls"
    private let documents: Documents
    private let agents: AgentDirectory
    private let desk: CarrierDesk
    /// Why a number must not be called; nil: it may be.
    private let objection: @Sendable (_ number: String) async throws(StoreError) -> String?
    /// By then no carrier has anything to tell any more.
    private static let lifetime: Int64 = 24 * 3_600_000

    init(
        _ documents: Documents,
        agents: AgentDirectory,
        desk: CarrierDesk,
        objection: @escaping @Sendable (String) async throws(StoreError) -> String? = { _ in nil }
    ) {
        (self.documents, self.agents, self.desk, self.objection) = (documents, agents, desk, objection)
    }

    /// Of a host: numbers on the do-not-call list of all campaigns are not called by hand either.
    convenience init(_ store: Store, agents: AgentDirectory, desk: CarrierDesk) {
        let suppressions = store.suppressions
        self.init(store.documents, agents: agents, desk: desk) { number async throws(StoreError) in
            try await suppressions.matches([number], campaign: "")[number].map {
                "is on the do-not-call list: \($0.reason)"
            }
        }
    }

    /// Whether an attempt is an operator's; those of campaigns are in a table of their own.
    static func owns(_ attempt: String) -> Bool { attempt.hasPrefix("\(Subject.prefix)_") }

    /// Places a call.
    func place(_ wish: CallWish) async throws(PlacingFailure) -> PlacedByHand {
        guard let agent = agents.find(wish.agent) else { throw .unknownAgent(wish.agent) }
        let attempt = wish.id.map { "\(Subject.prefix)_\($0)" } ?? Identifier<Subject>.make().rawValue
        try await keep(wish, attempt)
        let placement = CallPlacement(
            attempt: attempt,
            to: wish.to,
            from: wish.callerID,
            rings: wish.rings,
            agent: agent
        )
        switch await desk.place(placement) {
        case .placed(let id, let status):
            // The attempt is durable already; whoever answers later is only compared with this.
            _ = try? await documents.put(Self.collection, attempt, Self.body(wish, id))
            return PlacedByHand(attempt: attempt, carrierCallID: id, status: status)
        case .refused(let reason), .barred(let reason):
            await forget(attempt)
            throw .refused(reason)
        case .invalid(let reason):
            await forget(attempt)
            throw .invalid(reason)
        case .congested(_, let reason):
            await forget(attempt)
            throw .congested(reason)
        case .unknown(let reason): throw .unknown(attempt: attempt, reason)
        }
    }

    /// What an attempt was placed for; nil: no operator has ordered it.
    func find(_ attempt: String) async throws(StoreError) -> PlacedCall? {
        guard let found = try await documents.get(Self.collection, attempt) else { return nil }
        return PlacedCall(
            agent: agents.find(found.body["agent"]?.string ?? ""),
            order: CallOrder(attempt: attempt, fields: found.body["fields"]?.object ?? [:]),
            carrierCallID: found.body["carrier_call_id"]?.string ?? ""
        )
    }

    // MARK: Parts

    private func keep(_ wish: CallWish, _ attempt: String) async throws(PlacingFailure) {
        let reason: String?
        do throws(StoreError) {
            reason = try await objection(wish.to)
            if reason == nil {
                try await sweep()
                try await documents.put(Self.collection, attempt, Self.body(wish, ""), ifRevision: 0)
            }
        } catch {
            if case .revisionConflict = error { throw .repeated(attempt: attempt) }
            throw .store(error)
        }
        if let reason { throw .suppressed(reason) }
    }

    private static func body(_ wish: CallWish, _ carrierCallID: String) -> JSON {
        [
            "agent": .string(wish.agent), "to": .string(wish.to), "from": .string(wish.callerID),
            "fields": .object(wish.fields), "carrier_call_id": .string(carrierCallID),
        ]
    }

    /// Forgets calls to a number, or with these identifiers of the carrier; how many.
    static func erase(
        _ documents: Documents,
        to number: String,
        carrierCalls: [String]
    ) async throws(StoreError) -> Int {
        var count = 0
        for document in try await documents.list(collection) {
            let isTo = !number.isEmpty && document.body["to"]?.string == number
            guard isTo || carrierCalls.contains(document.body["carrier_call_id"]?.string ?? "") else { continue }
            if try await documents.delete(collection, document.name) { count += 1 }
        }
        return count
    }

    private func forget(_ attempt: String) async { _ = try? await documents.delete(Self.collection, attempt) }

    /// Personal data is not kept longer than it can be of use.
    private func sweep() async throws(StoreError) {
        let oldest = Timestamp(unixMilliseconds: Timestamp.now().unixMilliseconds - Self.lifetime)
        for document in try await documents.list(Self.collection) where document.updated < oldest {
            _ = try await documents.delete(Self.collection, document.name)
        }
    }
}
