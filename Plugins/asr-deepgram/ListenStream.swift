import JSONKit
import PluginKit
import ProviderKit
import Synchronization

/// One call's socket.
final class ListenStream: PluginStream, WebSocketListener, Sendable {
    private let host: Host
    private let settings: Settings
    private let gate: EmissionGate
    private let state = Mutex(State())

    private struct State {
        var socket: UInt64 = 0
        var key = ""
        var utterances = Utterances()
        /// Something was sent since the last look.
        var isBusy = false
        var flushNumber = 0
        var isOver = false
        var isEnding = false
    }

    init(_ host: Host, _ settings: Settings, _ sink: Sink) {
        (self.host, self.settings) = (host, settings)
        gate = EmissionGate(sink)
    }

    func connect(_ url: String, key: String) throws(PluginProblem) {
        let headers = key.isEmpty ? [] : [(name: "authorization", value: "Token \(key)")]
        state.withLock { $0.key = key }
        let socket = try host.connect(
            url,
            headers: headers,
            connectMilliseconds: settings.endpoint.connectMilliseconds,
            to: self
        )
        state.withLock { $0.socket = socket }
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        let item = frame.item
        switch frame.kind {
        case .audio:
            let bytes = frame.withBytes { [UInt8]($0) }
            // An empty message would be taken for the end.
            guard !bytes.isEmpty else { return }
            state.withLock { $0.utterances.begin(item) }
            send(bytes, isText: false)
        case .done:
            guard state.withLock({ $0.utterances.complete(item) }) else {
                return gate.emit { sink in
                    sink.emit(text: "", item: item, isFinal: true)
                    sink.done(item: item)
                }
            }
            flush()
        case .end:
            let isIdle = state.withLock { state in
                state.isEnding = true
                return state.utterances.open.isEmpty
            }
            if isIdle { gate.emit { $0.end() } }
        default: break
        }
    }

    func cancel(item: UInt64) {
        let (dropped, mustFlush) = state.withLock { state in
            let items = state.utterances.open.filter { item == 0 || $0 == item }
            return (items, items.filter { state.utterances.drop($0) }.count)
        }
        for _ in 0..<mustFlush { flush() }
        for item in dropped { gate.emit { $0.done(item: item) } }
    }

    func close() {
        gate.close()
        let socket = state.withLock { state in
            state.isOver = true
            return state.socket
        }
        _ = host.send(Array(#"{"type":"CloseStream"}"#.utf8), isText: true, on: socket)
        host.hangUp(socket)
    }

    // MARK: To the far side

    private func send(_ bytes: [UInt8], isText: Bool) {
        let socket = state.withLock { state in
            state.isBusy = true
            return state.socket
        }
        guard !host.send(bytes, isText: isText, on: socket) else { return }
        // A goodbye that is on its way says why; a far side that does not read says nothing.
        host.after(microseconds: 100_000) { [weak self] in
            self?.fail(PluginProblem(.unavailable, "the far side does not take the audio"))
        }
    }

    private func flush() {
        send(Array(#"{"type":"Finalize"}"#.utf8), isText: true)
        let number = state.withLock { state in
            state.flushNumber += 1
            return state.flushNumber
        }
        host.after(microseconds: settings.finalMilliseconds * 1000) { [weak self] in self?.flushIsDue(number) }
    }

    private func flushIsDue(_ number: Int) {
        let isLate = state.withLock { state in
            !state.isOver && state.utterances.awaited > 0 && state.flushNumber - state.utterances.awaited < number
        }
        if isLate { fail(PluginProblem(.timeout, "no final text in \(settings.finalMilliseconds) ms")) }
    }

    private func keepAlive() {
        let (isOver, isBusy, socket) = state.withLock { state in
            defer { state.isBusy = false }
            return (state.isOver, state.isBusy, state.socket)
        }
        guard !isOver else { return }
        if !isBusy { _ = host.send(Array(#"{"type":"KeepAlive"}"#.utf8), isText: true, on: socket) }
        host.after(microseconds: settings.keepAliveMilliseconds * 1000) { [weak self] in self?.keepAlive() }
    }

    // MARK: From the far side

    func opened() { keepAlive() }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        guard isText else { return }
        guard let json = try? JSON(parsing: message) else {
            return fail(PluginProblem(.malformed, "a message that is no JSON", isRetryable: true))
        }
        switch json["type"]?.string {
        case "Results": if let word = state.withLock({ $0.utterances.results(json) }) { tell(word) }
        case "Error", "error":
            let text =
                json["description"]?.string ?? json["err_msg"]?.string ?? json["message"]?.string ?? "without words"
            fail(PluginProblem(.unavailable, "an error: \(text)"))
        default: break
        }
    }

    private func tell(_ word: Utterances.Word) {
        switch word {
        case .soFar(let item, let text): gate.emit { $0.emit(text: text, item: item) }
        case .final(let item, let text):
            let isLast = state.withLock { $0.isEnding && $0.utterances.open.isEmpty }
            gate.emit { sink in
                sink.emit(text: text, item: item, isFinal: true)
                sink.done(item: item)
                if isLast { sink.end() }
            }
        }
    }

    func closed(code: Int, reason: String, _ problem: PluginProblem?) {
        if let problem { return fail(problem) }
        let text = "the far side hung up: \(code) \(reason)"
        switch code {
        // What it could not decode it will not decode next time.
        case 1008: fail(PluginProblem(.invalid, text, isRetryable: false))
        default: fail(PluginProblem(.unavailable, text))
        }
    }

    private func fail(_ problem: PluginProblem) {
        let (wasOver, key) = state.withLock { state in
            defer { state.isOver = true }
            return (state.isOver, state.key)
        }
        guard !wasOver else { return }
        let problem = problem.striking(out: key)
        gate.emit { $0.fail(problem) }
    }
}
