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
            for recorded in batch { outcomes.append(await take(recorded, log)) }
            return outcomes
        }
    }

    private func take(_ recorded: Recorded, _ log: EventLog) async -> DeliveryFailure? {
        let event = recorded.event
        guard let path = event.data["file"]?.string else { return nil }
        guard !event.isErased else { return await remove(event, path) }
        guard event.data["uploaded"]?.bool == false, let key = event.data["blob"]?.string else {
            unlink(path)
            return nil
        }
        do throws(StoreError) {
            let failure = try await upload(event, path, key, log)
            // The person may have been erased while it was on its way.
            let now = failure == nil ? try await log.event(at: recorded.position) : nil
            return now?.isErased == true ? await remove(event, path) : failure
        } catch { return DeliveryFailure("recordings: \(error)", isRetryable: true) }
    }

    /// Whoever it was of is erased: the file goes, and what an upload that nobody knows of may have left.
    private func remove(_ event: Event, _ path: String) async -> DeliveryFailure? {
        unlink(path)
        guard let key = event.data["blob"]?.string else { return nil }
        do throws(RouteFailure) {
            _ = try await RecordingStore.remove(key: key, route: event.data["route"]?.string ?? "blobs", routes)
            return nil
        } catch { return DeliveryFailure(error) }
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
