import Core
import JSONKit
import Store

/// event.*
struct EventMethods: Sendable {
    let services: Services
    private let count = SubscriptionCount()

    init(services: Services) { self.services = services }

    var methods: [Method] {
        [
            .slow("event.list", list), .slow("event.append", append), .quick("event.subscribe", subscribe),
            .quick("event.unsubscribe", unsubscribe),
        ]
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        let after = Int64(parameters.int("after"))
        do throws(StoreError) {
            let events = try await services.store.log.read(
                after: after,
                topics: Self.topics(parameters),
                key: parameters.optionalString("call"),
                limit: parameters.int("limit")
            )
            return ["items": .array(events.map(\.json)), "next": .int(events.last?.position ?? after)]
        } catch { throw Failure(error) }
    }

    private func append(_ parameters: Parameters) async throws(Failure) -> JSON {
        let events = (parameters["events"]?.array ?? []).compactMap { entry -> Event? in
            // The schema lets only some topics in.
            guard let topic = entry["topic"]?.string.flatMap(Topic.init) else { return nil }
            return Event(
                topic,
                key: entry["key"]?.string ?? "",
                data: entry["data"] ?? [:],
                id: entry["id"]?.string.map { EventID($0) } ?? .make(),
                at: entry["at"]?.string.flatMap(Timestamp.init(parsing:)) ?? .now()
            )
        }
        do throws(StoreError) {
            let last = try await services.store.log.append(known: events)
            return ["count": .int(Int64(events.count)), "last": .int(last)]
        } catch { throw Failure(error) }
    }

    private func subscribe(_ parameters: Parameters, _ client: Client) throws(Failure) -> JSON {
        guard client.subscriptions.count < Client.subscriptionsBound else {
            let message =
                "a connection has at most \(Client.subscriptionsBound) subscriptions; end one, or connect again"
            throw Failure(.limitExceeded, message)
        }
        let log = services.store.log
        let last = log.lastPosition
        let position = parameters["after"]?.int ?? last
        guard position <= last else {
            throw Failure(.invalidParameters, "after: is \(position); the log ends at \(last)", field: "after")
        }
        guard let pass = count.enter() else {
            throw Failure(.limitExceeded, "\(SubscriptionCount.bound) subscriptions are open; try again later")
        }
        let subscription = Subscription(
            client: client,
            log: log,
            topics: Self.topics(parameters),
            key: parameters.optionalString("call"),
            pass: pass
        )
        client.add(subscription)
        client.afterAnswer { subscription.start(after: position) }
        return ["subscription": .string(subscription.id), "position": .int(position)]
    }

    private func unsubscribe(_ parameters: Parameters, _ client: Client) throws(Failure) -> JSON {
        let id = parameters.string("subscription")
        guard client.removeSubscription(id) else {
            throw Failure(.notFound, "this connection has no subscription called \(id)", field: "subscription")
        }
        return ["subscription": .string(id)]
    }

    private static func topics(_ parameters: Parameters) -> [Topic] {
        parameters.strings("topics").compactMap(Topic.init)
    }
}
