import Core
import JSONKit
import Routes
import Store

/// Brings events to the broker behind the events route, in order.
struct EventsConsumer: Sendable {
    let routes: RouteTable
    /// This host's name, which every event carries.
    let host: String
    /// Which events; empty: all.
    let topics: [Topic]

    /// A broker that has not taken a batch by then is asked again.
    private static let limit: Duration = .seconds(60)

    func courier(_ store: Store) -> Courier {
        let routes = routes
        return Courier("events", topics: topics, store: store, manner: .inOrder, while: { routes.get("events") != nil })
        { batch throws(DeliveryFailure) in
            try await deliver(batch)
        }
    }

    private func deliver(_ batch: [Recorded]) async throws(DeliveryFailure) -> [DeliveryFailure?] {
        let envelopes = batch.map { $0.envelope(host: host) }
        let answers: [Answer]
        do throws(RouteFailure) {
            answers = try await routes.ask(.events, .json(["events": .array(envelopes)]), within: Self.limit)
        } catch {
            // Whoever is not let in is let in later, once somebody has put it right: nothing is parked for that.
            throw DeliveryFailure(error.message, isRetryable: true, retryAfter: error.patience)
        }
        for case .json(let answer) in answers {
            guard let results = answer["results"]?.array else { continue }
            return results.map { result in
                result["error"]?.string.map {
                    DeliveryFailure($0, isRetryable: result["retryable"]?.bool ?? true)
                }
            }
        }
        throw DeliveryFailure("events: the plugin gave no results", isRetryable: true)
    }
}

extension Recorded {
    /// The event as the world outside reads it: `{id, topic, key, at, data, position, host}`.
    func envelope(host: String) -> JSON {
        [
            "id": .string(event.id.rawValue), "topic": .string(event.topic.rawValue), "key": .string(event.key),
            "at": .string(event.at.description), "data": event.data, "position": .int(position),
            "host": .string(host),
        ]
    }
}

extension RouteFailure {
    /// What a retry cannot mend by itself is tried again once a minute at most.
    var patience: Duration? { retryable ? retryAfter : max(retryAfter ?? .zero, .seconds(60)) }
}
