import JSONKit
import PluginKit
import ProviderKit
import Synchronization

/// One call's utterances. Audio is collected while the caller speaks and posted when the utterance is complete.
final class RecognitionStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let google: GoogleRequests
    private let request: RecognitionRequest
    private let state = Mutex(State())

    private struct State {
        /// That are being spoken.
        var utterances: [UInt64: Utterance] = [:]
        /// The last ones that were completed or cancelled: what still comes of them is nothing new.
        var closed: [UInt64] = []

        mutating func close(_ item: UInt64) -> Utterance? {
            closed = closed.suffix(63) + [item]
            return utterances.removeValue(forKey: item)
        }
    }

    private static let path = "/speech:recognize"

    init(_ host: Host, _ settings: Settings, _ google: GoogleRequests, _ options: JSON) {
        (self.host, self.settings, self.google) = (host, settings, google)
        request = RecognitionRequest(options, settings)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .audio: try hear(frame)
        case .done: try recognise(frame.item)
        case .end:
            let open = state.withLock { Array($0.utterances.keys) }
            for item in open.sorted() { try recognise(item) }
            google.requests.end()
        default: break
        }
    }

    func cancel(item: UInt64) {
        state.withLock { state in
            for key in state.utterances.keys where item == 0 || key == item { _ = state.close(key) }
        }
        google.requests.cancel(item: item)
    }

    func close() { google.requests.close() }

    // MARK: Listening

    private func hear(_ frame: borrowing Frame) throws(PluginProblem) {
        let item = frame.item
        let isNew = state.withLock { $0.utterances[item] == nil && !$0.closed.contains(item) }
        if isNew {
            try google.requests.reserve(item)
            state.withLock { $0.utterances[item] = Utterance(request, settings.coding) }
        }
        let (probe, isFull) = frame.withAudio { audio in
            state.withLock { state -> ([UInt8]?, Bool) in
                guard var utterance = state.utterances.removeValue(forKey: item) else { return (nil, false) }
                let wasFull = utterance.isFull
                utterance.append(audio)
                let probe = isDue(utterance) ? utterance.request() : nil
                if probe != nil { (utterance.isProbing, utterance.recognised) = (true, utterance.samples) }
                defer { state.utterances[item] = utterance }
                return (probe, utterance.isFull && !wasFull)
            }
        }
        if isFull {
            host.count("utterances_too_long")
            host.log(
                .warning,
                "an utterance of more than \(Utterance.longestSeconds) s: the rest of it is not recognised"
            )
        }
        if let probe { recogniseInBetween(probe, item) }
    }

    private func isDue(_ utterance: Utterance) -> Bool {
        let wanted = settings.partialsMilliseconds * request.sampleRate / 1000
        return wanted > 0 && !utterance.isProbing && utterance.samples - utterance.recognised >= wanted
    }

    // MARK: Asking

    /// The caller has stopped speaking.
    private func recognise(_ item: UInt64) throws(PluginProblem) {
        let (utterance, isKnown) = state.withLock { ($0.close(item), $0.closed.dropLast().contains(item)) }
        guard var utterance, utterance.samples > 0 else {
            guard !isKnown else { return }
            if utterance == nil { try google.requests.reserve(item) }
            return google.requests.complete(item: item) { $0.emit(text: "", item: item, isFinal: true) }
        }
        let (requests, host) = (google.requests, host)
        google.post(Self.path, utterance.takeRequest(), item: item) { secret in
            WholeAnswer(host, key: secret) { result in
                do throws(PluginProblem) {
                    let text = try Transcript.text(try result.get())
                    requests.complete(item: item) { $0.emit(text: text, item: item, isFinal: true) }
                } catch { requests.gate.emit { $0.fail(error) } }
            }
        }
    }

    /// What has been said so far. That it fails is no harm: the whole utterance follows.
    private func recogniseInBetween(_ body: [UInt8], _ item: UInt64) {
        let host = host
        google.probe(Self.path, body) { [self] secret in
            WholeAnswer(host, key: secret) { [self] result in
                state.withLock { $0.utterances[item]?.isProbing = false }
                guard case .success(let answer) = result, let text = try? Transcript.text(answer), !text.isEmpty else {
                    return
                }
                google.requests.emit(item: item) { $0.emit(text: text, item: item) }
            }
        }
    }
}
