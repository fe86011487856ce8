public import PluginKit

/// One call's sentences, each a request whose answer is audio.
public final class SpeechStream: PluginStream, Sendable {
    /// What is asked for a sentence, and the key in it, which is struck out of errors.
    public typealias Ask = @Sendable (String) throws(PluginProblem) -> (request: HTTPRequest, key: String)

    private let host: Host
    private let requests: Requests
    private let coding: SpeechDecoder.Coding
    private let sampleRate: Int
    private let ask: Ask

    /// `coding` and `sampleRate`: of the audio that `ask` asks for.
    public init(
        _ host: Host,
        _ sink: Sink,
        coding: SpeechDecoder.Coding,
        sampleRate: Int,
        ask: @escaping Ask
    ) {
        (self.host, self.coding, self.sampleRate, self.ask) = (host, coding, sampleRate, ask)
        requests = Requests(host, sink)
    }

    public func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .text: try speak(frame.text, frame.item)
        case .end: requests.end()
        default: break
        }
    }

    public func cancel(item: UInt64) { requests.cancel(item: item) }

    public func close() { requests.close() }

    private func speak(_ text: String, _ item: UInt64) throws(PluginProblem) {
        try requests.reserve(item)
        // Punctuation alone is refused, and would be silence.
        guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return requests.complete(item: item) }
        let (request, key) = try ask(text)
        let decoder = SpeechDecoder(coding, sampleRate: sampleRate)
        try requests.send(
            request,
            item: item,
            to: SpeechAnswer(host, requests, item: item, decoder: decoder, key: key)
        )
    }
}
