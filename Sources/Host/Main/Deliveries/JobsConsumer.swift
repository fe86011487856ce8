import Core
import JSONKit
import Jobs
import Routes
import Store

/// Queues the jobs that follow an event. Its cursor is durable, and a job's key follows from the event's: whatever is killed
/// in between, each is queued once.
struct JobsConsumer: Sendable {
    let runner: JobRunner
    let routes: RouteTable
    let configuration: Configuration.Jobs

    func courier(_ store: Store) -> Courier {
        let configuration = configuration
        return Courier(
            "jobs",
            topics: [.callEnded, .recordingFinished, .recordingUploaded],
            store: store,
            manner: .inOrder,
            while: { !configuration.afterCall.isEmpty || !configuration.afterRecording.isEmpty }
        ) { batch throws(DeliveryFailure) in
            let keys = batch.flatMap { follows($0.event) }
            do throws(StoreError) { try await runner.add(keys) } catch {
                // A full queue empties itself; until then the log keeps what would have followed.
                throw DeliveryFailure("\(error)", isRetryable: true, retryAfter: .seconds(1))
            }
            return batch.map { _ in nil }
        }
    }

    private func follows(_ event: Event) -> [(key: Job.Key, input: JSON)] {
        switch event.topic {
        case .callEnded: return configuration.afterCall.map { (Job.Key($0, event.key), [:]) }
        // Where there is no blob store, the recording stays where it is.
        case .recordingFinished where routes.get("blobs") != nil: return []
        default:
            let location = event.data["blob"]?.string ?? event.data["url"]?.string ?? ""
            return configuration.afterRecording.map { _ in
                (TranscriptionWork.key(call: event.key, location: location), [:])
            }
        }
    }
}
