import Calls
import Core
import Glibc
import JSONKit
import Routes
import Store

/// Brings recordings that could not be stored when their call ended to the blobs route.
struct RecordingsConsumer: Sendable {
    let routes: RouteTable
    let record: @Sendable (Event) -> Void

    func courier(_ store: Store) -> Courier {
        let routes = routes
        var manner = CourierManner(.eachAlone, batch: 4)
        // Recordings are large and seldom urgent; a day's outage must not park them.
        (manner.first, manner.longest, manner.tries) = (.seconds(5), .seconds(900), 200)
        return Courier(
            "recordings",
            topics: [.recordingFinished],
            store: store,
            manner: manner,
            while: { routes.get("blobs") != nil }
        ) { batch in
            var outcomes: [DeliveryFailure?] = []
            for recorded in batch { outcomes.append(await upload(recorded.event)) }
            return outcomes
        }
    }

    private func upload(_ event: Event) async -> DeliveryFailure? {
        guard event.data["uploaded"]?.bool == false, let path = event.data["file"]?.string else { return nil }
        guard let key = event.data["blob"]?.string else { return nil }
        guard let bytes = await RecordingStore.read(path) else {
            let reason = Files.exists(path) ? "cannot be read" : "is not there any more"
            return DeliveryFailure("recordings: \(path) \(reason)", isRetryable: false)
        }
        do throws(RouteFailure) {
            let options: JSON = ["key": .string(key), "content_type": "audio/wav"]
            let answers = try await routes.ask(
                .blobs,
                route: event.data["route"]?.string,
                .bytes(bytes),
                options: options,
                key: event.key,
                within: .seconds(600)
            )
            for case .json(let stored) in answers {
                record(Event(.recordingUploaded, key: event.key, data: stored))
                unlink(path)
            }
            return nil
        } catch {
            return DeliveryFailure(error)
        }
    }
}
