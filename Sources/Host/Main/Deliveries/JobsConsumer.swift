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
            topics: [.callEnded, .callReviewed, .recordingFinished, .recordingUploaded],
            store: store,
            manner: .inOrder,
            while: { !configuration.afterCall.isEmpty || !configuration.afterRecording.isEmpty }
        ) { batch throws(DeliveryFailure) in
            var keys: [(key: Job.Key, input: JSON)] = []
            for recorded in batch where !recorded.event.isErased {
                keys += try await follows(recorded.event, store.log)
            }
            do throws(StoreError) { try await runner.add(keys) } catch {
                // A full queue empties itself; until then the log keeps what would have followed.
                throw DeliveryFailure("\(error)", isRetryable: true, retryAfter: .seconds(1))
            }
            return batch.map { _ in nil }
        }
    }

    private func follows(
        _ event: Event,
        _ log: EventLog
    ) async throws(DeliveryFailure) -> [(key: Job.Key, input: JSON)] {
        let afterCall = configuration.afterCall
        switch event.topic {
        case .callEnded:
            var keys: [(key: Job.Key, input: JSON)] = []
            if afterCall.contains("review") { keys.append((Job.Key("review", event.key), [:])) }
            // A score wants to know how the call was.
            if !afterCall.contains("review") { keys += try await scoring(event, log) }
            return keys
        case .callReviewed: return try await scoring(event, log)
        // Where there is no blob store, the recording stays where it is.
        case .recordingFinished where routes.get("blobs") != nil: return []
        default:
            guard configuration.afterRecording.contains("transcription") else { return [] }
            let location = event.data["blob"]?.string ?? event.data["url"]?.string ?? ""
            return [(TranscriptionWork.key(call: event.key, location: location), [:])]
        }
    }

    private func scoring(
        _ event: Event,
        _ log: EventLog
    ) async throws(DeliveryFailure) -> [(key: Job.Key, input: JSON)] {
        guard configuration.afterCall.contains("scoring") else { return [] }
        do throws(JobFailure) { return try await ScoringWork.wanted(after: event, log).map { [$0] } ?? [] } catch {
            throw DeliveryFailure(error.message, isRetryable: true)
        }
    }
}
