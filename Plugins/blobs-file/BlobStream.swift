import JSONKit
import PluginKit

/// One blob, written as it comes, on a worker of the host.
final class BlobStream: PluginStream {
    private var file: PartialFile?
    private let url: String
    private let mostBytes: Int
    private let sink: Sink

    init(_ file: PartialFile, mostBytes: Int, _ sink: Sink) {
        (self.file, self.mostBytes, self.sink, url) = (file, mostBytes, sink, file.url)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .bytes: try write(frame)
        case .end:
            guard let file else { return }
            let hash = try file.finish()
            let answer: JSON = [
                "url": .string(url), "bytes": .int(Int64(file.bytes)), "sha256": .string(hash),
            ]
            self.file = nil
            sink.emit(json: answer, item: 0)
            sink.end()
        default: break
        }
    }

    private func write(_ frame: borrowing Frame) throws(PluginProblem) {
        guard let file else { return }
        let mostBytes = mostBytes
        let result = frame.withBytes { piece in
            Result { () throws(PluginProblem) in
                guard file.bytes + piece.count <= mostBytes else {
                    throw PluginProblem(.invalid, "the blob has more than most_bytes, \(mostBytes)")
                }
                try file.write(piece)
            }
        }
        try result.get()
    }

    /// A blob has no items.
    func cancel(item: UInt64) {}

    /// What is not complete is removed.
    func close() { file = nil }
}
