import Calls
import Core
import Glibc
import JSONKit
import Routes
import Store

/// Removes recordings when their time is over: the same log that says that they are there says when they came.
struct RetentionConsumer: Sendable {
    let routes: RouteTable
    let days: Int

    func courier(_ store: Store) -> Courier {
        let (routes, log) = (routes, store.log)
        var manner = CourierManner(.eachAlone, batch: 16)
        manner.age = .seconds(days * 86_400)
        (manner.first, manner.longest, manner.tries) = (.seconds(60), .seconds(3600), 200)
        return Courier(
            "retention",
            topics: [.recordingFinished],
            store: store,
            manner: manner,
            while: { routes.get("blobs") != nil }
        ) { batch in
            var outcomes: [DeliveryFailure?] = []
            for recorded in batch { outcomes.append(await remove(recorded.event, log)) }
            return outcomes
        }
    }

    private func remove(_ event: Event, _ log: EventLog) async -> DeliveryFailure? {
        guard let key = event.data["blob"]?.string else { return nil }
        // One that never reached a store.
        if let path = event.data["file"]?.string { unlink(path) }
        let isRemoved: Bool
        do throws(RouteFailure) {
            let route = event.data["route"]?.string ?? Kind.blobs.rawValue
            isRemoved = try await RecordingStore.remove(key: key, route: route, routes)
        } catch { return DeliveryFailure(error) }
        do throws(StoreError) {
            let fact = Event(
                .recordingDeleted,
                key: event.key,
                data: ["blob": .string(key), "deleted": .bool(isRemoved), "reason": "retention"],
                id: EventID("\(event.id.rawValue)_deleted")
            )
            _ = try await log.append(known: [fact])
            return nil
        } catch { return DeliveryFailure("retention: \(error)", isRetryable: true) }
    }
}
