import Calls
import Core
import Glibc
import JSONKit
import Routes
import Store

/// Brings recordings that could not be stored when their call ended to the blobs route, and lets go of the files of those
/// that are stored.
struct RecordingsConsumer: Sendable {
    let routes: RouteTable
    /// Of several hosts on one log each has its own files; nil: this is the only one.
    let host: String?

    func courier(_ store: Store) -> Courier {
        let (routes, log) = (routes, store.log)
        var manner = CourierManner(.eachAlone, batch: 4)
        // Recordings are large and seldom urgent; a day's outage must not park them.
        (manner.first, manner.longest, manner.tries) = (.seconds(5), .seconds(900), 200)
        manner.isOwn = host != nil
        return Courier(
            host.map { "recordings@\($0)" } ?? "recordings",
            topics: [.recordingFinished],
            store: store,
            manner: manner,
            while: { routes.get("blobs") != nil }
        ) { batch in
            var outcomes: [DeliveryFailure?] = []
            for recorded in batch { outcomes.append(await take(recorded.event, log)) }
            return outcomes
        }
    }

    private func take(_ event: Event, _ log: EventLog) async -> DeliveryFailure? {
        guard let path = event.data["file"]?.string else { return nil }
        guard event.data["uploaded"]?.bool == false, let key = event.data["blob"]?.string else {
            unlink(path)
            return nil
        }
        do throws(StoreError) {
            return try await upload(event, path, key, log)
        } catch { return DeliveryFailure("recordings: \(error)", isRetryable: true) }
    }

    private func upload(
        _ event: Event,
        _ path: String,
        _ key: String,
        _ log: EventLog
    ) async throws(StoreError) -> DeliveryFailure? {
        // Made from the event's: a kill between the fact and the cursor does not tell it twice.
        let uploaded = EventID("\(event.id.rawValue)_uploaded")
        guard let bytes = await RecordingStore.read(path) else {
            let isThere = Files.exists(path)
            let known = try await log.read(after: 0, topics: [.recordingUploaded], key: event.key, limit: 100)
            if !isThere, known.contains(where: { $0.event.id == uploaded }) { return nil }
            let reason = isThere ? "cannot be read" : "is not there any more"
            return DeliveryFailure("recordings: \(path) \(reason)", isRetryable: false)
        }
        let options: JSON = ["key": .string(key), "content_type": "audio/wav"]
        let answers: [Answer]
        do throws(RouteFailure) {
            answers = try await routes.ask(
                .blobs,
                route: event.data["route"]?.string,
                .bytes(bytes),
                options: options,
                key: event.key,
                within: .seconds(600)
            )
        } catch { return DeliveryFailure(error) }
        for case .json(let stored) in answers {
            _ = try await log.append(known: [Event(.recordingUploaded, key: event.key, data: stored, id: uploaded)])
            unlink(path)
        }
        return nil
    }
}
