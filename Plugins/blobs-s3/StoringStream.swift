import JSONKit
import PluginKit
import ProviderKit

/// One blob, sent as it comes: a short one whole at its end, a long one part by part.
final class StoringStream: PluginStream {
    private let bucket: Bucket
    private let key: String
    private let sink: Sink
    private let upload: Upload
    private let digest = RunningHash()
    /// What does not fill a part yet.
    private var held: [UInt8] = []
    private var bytes = 0
    private var isOver = false

    init(_ bucket: Bucket, _ key: String, contentType: String, _ sink: Sink) {
        (self.bucket, self.key, self.sink) = (bucket, key, sink)
        upload = Upload(bucket, key, contentType: contentType)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        guard !isOver else { return }
        switch frame.kind {
        case .bytes:
            let result = frame.withBytes { piece in
                Result { () throws(PluginProblem) in try take(piece) }
            }
            try result.get()
        case .end: try finish()
        default: break
        }
    }

    /// A part is sent once there is more than it: the last one may be short, and a blob of one part is none.
    private func take(_ piece: UnsafeRawBufferPointer) throws(PluginProblem) {
        digest.add(piece)
        bytes += piece.count
        let size = bucket.settings.partBytes
        var start = 0
        while start < piece.count {
            if held.count == size {
                try upload.add(held)
                held.removeAll(keepingCapacity: true)
            }
            let end = min(piece.count, start + size - held.count)
            held += piece[start..<end]
            start = end
        }
    }

    private func finish() throws(PluginProblem) {
        isOver = true
        if upload.isBegun {
            try upload.add(held)
            try upload.complete()
        } else {
            try upload.putWhole(held)
        }
        held = []
        let answer: JSON = [
            "url": .string(bucket.url(key)), "bytes": .int(Int64(bytes)), "sha256": .string(Hash.hex(digest.finish())),
        ]
        sink.emit(json: answer, item: 0)
        sink.end()
    }

    /// A blob has no items: whoever drops one drops the whole stream. What is stored of it stays, to go on with.
    func cancel(item: UInt64) { if item == 0 { bucket.giveUp() } }

    func close() { bucket.giveUp() }
}
