import Core
import Store

extension EventLog {
    /// The newest event of a topic and key.
    func newest(_ topic: Topic, key: String) async throws(JobFailure) -> Event? {
        do throws(StoreError) {
            var (position, newest): (Int64, Event?) = (0, nil)
            while true {
                let batch = try await read(after: position, topics: [topic], key: key, limit: 1000)
                guard let last = batch.last else { return newest }
                (position, newest) = (last.position, last.event)
            }
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }

    /// Every event of a topic and key, oldest first.
    func all(_ topic: Topic, key: String) async throws(JobFailure) -> [Event] {
        do throws(StoreError) {
            return try await read(after: 0, topics: [topic], key: key, limit: 10_000).map(\.event)
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }
}
