import JSONKit
import PluginKit
import ProviderKit
import SoundKit
import Synchronization

/// Speaks each sentence as it is complete, and says where its words lie.
final class SpeakingStream: PluginStream {
    private struct Sentence {
        var item: UInt64 = 0
        var text = ""
    }

    private let gate: EmissionGate
    /// What is gathered or being spoken; none: its item is 0.
    private let sentence = Mutex(Sentence())

    init(_ sink: Sink) { gate = EmissionGate(sink) }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        let item = frame.item
        switch frame.kind {
        case .text:
            let text = frame.text
            sentence.withLock { sentence in
                if sentence.item != item { sentence = Sentence(item: item) }
                sentence.text += text
            }
        case .done:
            speak(sentence.withLock { $0.item == item ? $0.text : "" }, item)
        case .end: gate.emit { $0.end() }
        default: break
        }
    }

    private func speak(_ text: String, _ item: UInt64) {
        sentence.withLock { if $0.item != item { $0 = Sentence(item: item) } }
        let words = ScriptedSpeech.words(of: text)
        let sounds = words.map(ScriptedSpeech.audio(word:))
        gate.emit { sink in
            if !words.isEmpty { sink.emit(json: ["words": .array(Self.times(words, sounds))], item: item) }
            for sound in sounds {
                // A sentence may be given up between two of its words, from in here.
                guard isCurrent(item) else { return }
                sink.emit(audio: sound, item: item)
            }
            if finish(item) { sink.done(item: item) }
        }
    }

    private static func times(_ words: [String], _ sounds: [[Int16]]) -> [JSON] {
        var start = 0
        return zip(words, sounds).map { word, sound in
            let end = start + sound.count * 1000 / ScriptedSpeech.sampleRate
            defer { start = end }
            return ["text": .string(word), "start_ms": .int(Int64(start)), "end_ms": .int(Int64(end))]
        }
    }

    private func isCurrent(_ item: UInt64) -> Bool { sentence.withLock { $0.item == item } }

    /// Whether it was still wanted.
    private func finish(_ item: UInt64) -> Bool {
        sentence.withLock { sentence in
            guard sentence.item == item else { return false }
            sentence = Sentence()
            return true
        }
    }

    func cancel(item: UInt64) {
        let cancelled = sentence.withLock { sentence -> UInt64 in
            guard sentence.item != 0, item == 0 || item == sentence.item else { return 0 }
            defer { sentence = Sentence() }
            return sentence.item
        }
        if cancelled != 0 { gate.emit { $0.done(item: cancelled) } }
    }

    func close() { gate.close() }
}
