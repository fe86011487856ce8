import Glibc
import PluginKit

/// Reads one blob, on a worker of the host.
final class ReadingStream: PluginStream {
    private let folder: BlobFolder
    private let key: BlobKey
    private let sink: Sink
    private var isOver = false
    private static let piece = 256 << 10

    init(_ folder: BlobFolder, _ key: BlobKey, _ sink: Sink) {
        (self.folder, self.key, self.sink) = (folder, key, sink)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        guard frame.kind == .end, !isOver else { return }
        isOver = true
        let descriptor = try folder.read(key)
        defer { Glibc.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        var isEmpty = true
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BlobFolder.problem("cannot read \(key.path)") }
            // An empty blob is one frame, too: an answer without any would be none.
            guard count > 0 || isEmpty else { break }
            isEmpty = false
            sink.emit(bytes: Array(buffer.prefix(count)), item: 0)
        }
        sink.end()
    }

    /// A blob has no items.
    func cancel(item: UInt64) {}

    func close() {}
}
