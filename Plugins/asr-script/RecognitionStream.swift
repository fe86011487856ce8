import PluginKit
import ProviderKit
import SoundKit
import Synchronization

/// Tells each word as it has been heard, and all of them when the utterance is over.
final class RecognitionStream: PluginStream {
    private struct Utterance {
        var item: UInt64 = 0
        var words: [String] = []
        var reader = ScriptedSpeechReader()
    }

    private let gate: EmissionGate
    private let utterance = Mutex(Utterance())

    init(_ sink: Sink) { gate = EmissionGate(sink) }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        let item = frame.item
        switch frame.kind {
        case .audio:
            let text = frame.withAudio { hear($0, item) }
            if let text { gate.emit { $0.emit(text: text, item: item) } }
        case .done:
            let text = utterance.withLock { utterance in
                defer { utterance = Utterance() }
                return utterance.item == item ? utterance.words.joined(separator: " ") : ""
            }
            gate.emit { sink in
                sink.emit(text: text, item: item, isFinal: true)
                sink.done(item: item)
            }
        case .end: gate.emit { $0.end() }
        default: break
        }
    }

    /// What is understood so far, if that is more than before.
    private func hear(_ samples: UnsafeBufferPointer<Int16>, _ item: UInt64) -> String? {
        utterance.withLock { utterance in
            if utterance.item != item { utterance = Utterance(item: item) }
            let words = utterance.reader.read(samples)
            utterance.words += words
            return words.isEmpty ? nil : utterance.words.joined(separator: " ")
        }
    }

    func cancel(item: UInt64) {
        let cancelled = utterance.withLock { utterance -> UInt64 in
            guard utterance.item != 0, item == 0 || item == utterance.item else { return 0 }
            defer { utterance = Utterance() }
            return utterance.item
        }
        if cancelled != 0 { gate.emit { $0.done(item: cancelled) } }
    }

    func close() { gate.close() }
}
