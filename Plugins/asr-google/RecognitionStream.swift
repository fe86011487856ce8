import JSONKit
import PluginKit
import ProviderKit
import Synchronization

/// One call's utterances. Audio is collected while the caller speaks and posted when the utterance is complete, or has
/// gone on for a minute.
final class RecognitionStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let google: GoogleRequests
    private let request: RecognitionRequest
    private let state = Mutex(State())

    private struct State {
        /// That are being spoken or recognised.
        var utterances: [UInt64: Utterance] = [:]
        /// The last ones whose audio is complete, or that were cancelled: what still comes of them is nothing new.
        var closed: [UInt64] = []

        mutating func close(_ item: UInt64) { closed = closed.suffix(63) + [item] }
    }

    private static let path = "/speech:recognize"

    init(_ host: Host, _ settings: Settings, _ google: GoogleRequests, _ options: JSON) {
        (self.host, self.settings, self.google) = (host, settings, google)
        request = RecognitionRequest(options, settings)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .audio: try hear(frame)
        case .done: try finish(frame.item)
        case .end:
            let open = state.withLock { state in state.utterances.keys.filter { !state.closed.contains($0) } }
            for item in open.sorted() { try finish(item) }
            google.requests.end()
        default: break
        }
    }

    func cancel(item: UInt64) {
        state.withLock { state in
            for key in state.utterances.keys where item == 0 || key == item {
                state.utterances[key] = nil
                state.close(key)
            }
        }
        google.requests.cancel(item: item)
    }

    func close() { google.requests.close() }

    // MARK: Listening

    private func hear(_ frame: borrowing Frame) throws(PluginProblem) {
        let item = frame.item
        guard try begin(item) else { return }
        let (probe, isKeepingUp) = frame.withAudio { audio in
            state.withLock { state -> ([UInt8]?, Bool) in
                // Taken out, so that it is not copied.
                guard var utterance = state.utterances.removeValue(forKey: item) else { return (nil, true) }
                defer { state.utterances[item] = utterance }
                utterance.stretch.append(audio)
                if utterance.stretch.isComplete {
                    return (nil, utterance.next(Stretch(request, settings.coding)))
                }
                guard isDue(utterance.stretch) else { return (nil, true) }
                (utterance.stretch.isProbing, utterance.stretch.recognised) = (true, utterance.stretch.samples)
                return (utterance.stretch.request(), true)
            }
        }
        guard isKeepingUp else { throw PluginProblem(.unavailable, "recognition is minutes behind the caller") }
        if let probe { recogniseInBetween(probe, item) }
        advance(item)
    }

    /// Makes room for an item that is new; false for one whose audio is complete.
    private func begin(_ item: UInt64) throws(PluginProblem) -> Bool {
        let (isNew, isClosed) = state.withLock { ($0.utterances[item] == nil, $0.closed.contains(item)) }
        guard !isClosed else { return false }
        if isNew {
            try google.requests.reserve(item)
            state.withLock { $0.utterances[item] = Utterance(Stretch(request, settings.coding)) }
        }
        return true
    }

    private func isDue(_ stretch: Stretch) -> Bool {
        let wanted = settings.partialsMilliseconds * request.sampleRate / 1000
        return wanted > 0 && !stretch.isProbing && stretch.samples - stretch.recognised >= wanted
    }

    /// The caller has stopped speaking.
    private func finish(_ item: UInt64) throws(PluginProblem) {
        guard try begin(item) else { return }
        state.withLock { state in
            state.utterances[item]?.close()
            state.close(item)
        }
        advance(item)
    }

    // MARK: Asking

    /// Does what is next for an utterance, if anything is.
    private func advance(_ item: UInt64) {
        let step = state.withLock { state in
            let step = state.utterances[item]?.step()
            if case .finish = step { state.utterances[item] = nil }
            return step
        }
        switch step {
        case .ask(let body): recognise(body, item)
        case .finish(let text): google.requests.complete(item: item) { $0.emit(text: text, item: item, isFinal: true) }
        case nil: break
        }
    }

    private func recognise(_ body: [UInt8], _ item: UInt64) {
        let host = host
        google.post(Self.path, body, item: item) { [self] secret in
            WholeAnswer(host, key: secret) { [self] result in
                do throws(PluginProblem) {
                    let text = try Transcript.text(try result.get())
                    state.withLock { $0.utterances[item]?.understood(text) }
                    advance(item)
                } catch { google.requests.gate.emit { $0.fail(error) } }
            }
        }
    }

    /// What has been said so far. That it fails is no harm: the whole utterance follows.
    private func recogniseInBetween(_ body: [UInt8], _ item: UInt64) {
        let host = host
        google.probe(Self.path, body) { [self] secret in
            WholeAnswer(host, key: secret) { [self] result in
                let known = state.withLock { state in
                    state.utterances[item]?.stretch.isProbing = false
                    return state.utterances[item]
                }
                guard case .success(let answer) = result, let text = try? Transcript.text(answer), !text.isEmpty else {
                    return
                }
                guard let whole = known?.text(with: text) else { return }
                google.requests.emit(item: item) { $0.emit(text: whole, item: item) }
            }
        }
    }
}
