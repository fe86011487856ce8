import JSONKit
import PluginKit

/// Removes one blob, on a worker of the host.
final class RemovingStream: PluginStream {
    private let folder: BlobFolder
    private let key: BlobKey
    private let sink: Sink
    private var isOver = false

    init(_ folder: BlobFolder, _ key: BlobKey, _ sink: Sink) {
        (self.folder, self.key, self.sink) = (folder, key, sink)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        guard frame.kind == .end, !isOver else { return }
        isOver = true
        let isRemoved = try folder.remove(key)
        sink.emit(json: ["deleted": .bool(isRemoved)], item: 0)
        sink.end()
    }

    /// A blob has no items.
    func cancel(item: UInt64) {}

    func close() {}
}
