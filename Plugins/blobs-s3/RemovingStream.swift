import JSONKit
import PluginKit
import ProviderKit

/// Removes one blob, and what attempts to store it have left.
final class RemovingStream: PluginStream {
    private let bucket: Bucket
    private let key: String
    private let sink: Sink
    private var isOver = false

    init(_ bucket: Bucket, _ key: String, _ sink: Sink) { (self.bucket, self.key, self.sink) = (bucket, key, sink) }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        guard frame.kind == .end, !isOver else { return }
        isOver = true
        // Parts of a caller's voice, too.
        for upload in try pending() { try bucket.abort(key, upload.identifier) }
        var look = Bucket.Ask("HEAD", key)
        look.accepted = [200, 404]
        let isThere = try bucket.ask(look).status == 200
        if isThere {
            var removal = Bucket.Ask("DELETE", key)
            removal.accepted = [200, 202, 204]
            _ = try bucket.ask(removal)
        } else if let problem = bucket.problem() {
            // A bucket that is gone answers a HEAD as a blob does that is not there.
            throw problem
        }
        sink.emit(json: ["deleted": .bool(isThere)], item: 0)
        sink.end()
    }

    /// Stores that cannot list uploads have none to remove that we could find.
    private func pending() throws(PluginProblem) -> [PendingUpload] {
        do throws(PluginProblem) { return try bucket.uploads(of: key) } catch {
            if error.isRetryable || error.reason == .cancelled { throw error }
            return []
        }
    }

    func cancel(item: UInt64) { if item == 0 { bucket.giveUp() } }

    func close() { bucket.giveUp() }
}
