import Core
import JSONKit
import Routes
import Store

/// Brings what a CRM wants to know to the crm route: the outcome of every call, and what was found out about it afterwards.
struct CRMConsumer: Sendable {
    let routes: RouteTable
    let record: @Sendable (Event) -> Void
    /// Whether a lead is on a list of ours: what becomes of its score is told with the lead, by `lead.updated`.
    let isListed: @Sendable (_ lead: String) async -> Bool

    static let topics: [Topic] = [.callEnded, .callReviewed, .leadScored, .leadUpdated]
    /// How many records are on their way at once; those of one call go one after the other.
    private static let lanes = 8
    /// A CRM that has not answered by then is asked again later.
    private static let limit: Duration = .seconds(30)

    func courier(_ store: Store) -> Courier {
        let routes = routes
        return Courier(
            "crm",
            topics: Self.topics,
            store: store,
            manner: .eachAlone,
            while: { routes.get("crm") != nil }
        ) { batch in await deliver(batch) }
    }

    private func deliver(_ batch: [Recorded]) async -> [DeliveryFailure?] {
        var lanes: [[Int]] = Array(repeating: [], count: Self.lanes)
        var laneOfKey: [String: Int] = [:]
        for (index, recorded) in batch.enumerated() {
            let lane = laneOfKey[recorded.event.key] ?? laneOfKey.count % Self.lanes
            laneOfKey[recorded.event.key] = lane
            lanes[lane].append(index)
        }
        return await withTaskGroup(of: [(Int, DeliveryFailure?)].self) { group in
            for lane in lanes where !lane.isEmpty {
                group.addTask { await self.deliver(lane, of: batch) }
            }
            var outcomes: [DeliveryFailure?] = Array(repeating: nil, count: batch.count)
            for await results in group { for (index, failure) in results { outcomes[index] = failure } }
            return outcomes
        }
    }

    private func deliver(_ lane: [Int], of batch: [Recorded]) async -> [(Int, DeliveryFailure?)] {
        var results: [(Int, DeliveryFailure?)] = []
        for index in lane { results.append((index, await deliver(batch[index].event))) }
        return results
    }

    private func deliver(_ event: Event) async -> DeliveryFailure? {
        guard !event.isErased else { return nil }
        if event.topic == .leadScored, await isListed(event.key) { return nil }
        do throws(RouteFailure) {
            let answers = try await routes.ask(.crm, .json(Self.message(event)), key: event.key, within: Self.limit)
            var reference: JSON = .null
            for case .json(let answer) in answers { reference = answer["reference"] ?? reference }
            record(
                Event(
                    .crmDelivered,
                    key: event.key,
                    data: ["reference": reference, "of": .string(event.topic.rawValue)]
                )
            )
            return nil
        } catch {
            return DeliveryFailure(error)
        }
    }

    /// The `crm` contract's record.
    static func message(_ event: Event) -> JSON {
        let isLead = event.topic == .leadScored || event.topic == .leadUpdated
        var data: JSONObject = [isLead ? "lead_id" : "call_id": .string(event.key)]
        for (name, value) in event.data.object ?? [:] { data[name] = value }
        let type =
            switch event.topic {
            case .callEnded: "call.outcome"
            case .leadScored: "lead.updated"
            default: event.topic.rawValue
            }
        return [
            "id": .string(event.id.rawValue), "type": .string(type), "at": .string(event.at.description),
            "data": .object(data),
        ]
    }
}

extension DeliveryFailure {
    /// What a route says of a question that it could not answer. Whoever is not let in, or asks at the wrong address, is
    /// taken once somebody has put it right: only what is wrong with the question itself is parked at once.
    init(_ failure: RouteFailure) {
        self.init(failure.message, isRetryable: !failure.isAboutTheRequest, retryAfter: failure.patience)
    }
}
