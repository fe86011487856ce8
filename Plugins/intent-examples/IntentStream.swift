import JSONKit
import PluginKit

/// Answers each utterance as it comes.
final class IntentStream: PluginStream {
    private let model: IntentModel
    private let sink: Sink
    private let mostLabels: Int

    /// Of a longer utterance the beginning decides.
    private static let longest = 1000

    init(_ model: IntentModel, _ sink: Sink, _ mostLabels: Int) {
        (self.model, self.sink, self.mostLabels) = (model, sink, mostLabels)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .text:
            let labels = model.label(String(frame.text.prefix(Self.longest))).prefix(mostLabels)
            let list: [JSON] = labels.map { label in
                ["name": .string(label.name), "confidence": .double((label.confidence * 1000).rounded() / 1000)]
            }
            sink.emit(json: ["labels": .array(list)], item: frame.item)
            sink.done(item: frame.item)
        case .end: sink.end()
        default: break
        }
    }

    /// Every utterance is answered before `push` returns: there is nothing to drop.
    func cancel(item: UInt64) {}

    func close() {}
}
