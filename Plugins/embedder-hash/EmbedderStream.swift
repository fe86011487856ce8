import PluginKit
import Synchronization

/// Collects the text of each item and answers when it is complete.
final class EmbedderStream: PluginStream {
    /// A longer text would hold the loop; callers cut documents into passages first.
    private static let longest = 32 << 10
    private static let mostItems = 1024

    private let vectors: TextVectors
    private let sink: Sink
    /// Behind a lock, because `cancel` comes from any thread.
    private let texts = Mutex<[UInt64: String]>([:])

    init(_ vectors: TextVectors, _ sink: Sink) { (self.vectors, self.sink) = (vectors, sink) }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .text: try add(frame.text, to: frame.item)
        case .done:
            guard let text = texts.withLock({ $0.removeValue(forKey: frame.item) }) else { return }
            sink.emit(vector: vectors.vector(of: text), item: frame.item)
            sink.done(item: frame.item)
        case .end: sink.end()
        default: break
        }
    }

    private func add(_ text: String, to item: UInt64) throws(PluginProblem) {
        let fits = texts.withLock { texts in
            texts[item, default: ""] += text
            return texts[item, default: ""].utf8.count <= Self.longest && texts.count <= Self.mostItems
        }
        guard fits else {
            throw PluginProblem(
                .invalid,
                "a text of more than \(Self.longest) bytes, or \(Self.mostItems) texts that are not complete"
            )
        }
    }

    func cancel(item: UInt64) {
        let dropped = texts.withLock { texts in
            defer { if item == 0 { texts = [:] } else { texts[item] = nil } }
            return item == 0 ? Array(texts.keys) : texts.keys.filter { $0 == item }
        }
        for item in dropped { sink.done(item: item) }
    }

    func close() {}
}
