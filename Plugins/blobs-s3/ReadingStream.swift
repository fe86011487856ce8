import PluginKit
import ProviderKit

/// Reads one blob in stretches, so that no more than one of them is in memory.
final class ReadingStream: PluginStream {
    private let bucket: Bucket
    private let key: String
    private let sink: Sink
    private var isOver = false

    /// What one request asks for, and what one frame brings.
    private static let stretch = 4 << 20
    private static let piece = 256 << 10

    init(_ bucket: Bucket, _ key: String, _ sink: Sink) { (self.bucket, self.key, self.sink) = (bucket, key, sink) }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        guard frame.kind == .end, !isOver else { return }
        isOver = true
        var (offset, total, tag) = (0, Int.max, "")
        while offset < total {
            var ask = Bucket.Ask("GET", key)
            ask.headers = [("range", "bytes=\(offset)-\(offset + Self.stretch - 1)")]
            // Not half of one object and half of another.
            if !tag.isEmpty { ask.headers.append(("if-match", tag)) }
            // An object without bytes has no range.
            ask.accepted = [200, 206, 416]
            let answer = try bucket.ask(ask)
            guard answer.status != 416 else { break }
            tag = answer.header("etag") ?? ""
            let isWhole = answer.status == 200
            total = isWhole ? answer.body.count : try length(answer)
            guard !answer.body.isEmpty || total == 0, !isWhole || offset == 0 else {
                throw PluginProblem(.malformed, "\(bucket.name): a stretch that was not asked for")
            }
            for start in stride(from: 0, to: answer.body.count, by: Self.piece) {
                sink.emit(bytes: Array(answer.body[start..<min(start + Self.piece, answer.body.count)]), item: 0)
            }
            offset += answer.body.count
        }
        // An answer without a frame would be none.
        if offset == 0 { sink.emit(bytes: [], item: 0) }
        sink.end()
    }

    /// The whole length, from `bytes 0-1023/146515`.
    private func length(_ answer: HTTPAnswer) throws(PluginProblem) -> Int {
        guard let text = answer.header("content-range")?.split(separator: "/").last, let total = Int(text) else {
            throw PluginProblem(.malformed, "\(bucket.name): a stretch without its place (Content-Range)")
        }
        return total
    }

    func cancel(item: UInt64) { if item == 0 { bucket.giveUp() } }

    func close() { bucket.giveUp() }
}
