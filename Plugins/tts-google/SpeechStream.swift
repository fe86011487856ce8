import JSONKit
import PluginKit
import ProviderKit

/// One call's sentences, each a request.
final class SpeechStream: PluginStream, Sendable {
    private let host: Host
    private let google: GoogleRequests
    private let request: SynthesisRequest

    init(_ host: Host, _ google: GoogleRequests, _ request: SynthesisRequest) {
        (self.host, self.google, self.request) = (host, google, request)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .text: try speak(frame.text, frame.item)
        case .end: google.requests.end()
        default: break
        }
    }

    func cancel(item: UInt64) { google.requests.cancel(item: item) }

    func close() { google.requests.close() }

    private func speak(_ text: String, _ item: UInt64) throws(PluginProblem) {
        try google.requests.reserve(item)
        // Punctuation alone is refused, and would be silence.
        guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return google.requests.complete(item: item) }
        let body = try request.body(text)
        let (host, requests, rate) = (host, google.requests, request.sampleRate)
        google.post("/text:synthesize", body, item: item) { secret in
            SpokenAnswer(host, requests, item: item, sampleRate: rate, secret: secret)
        }
    }
}
