import JSONKit
import PluginKit

/// Reads an answer that is audio and passes it on as it comes.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
final class SpeechAnswer: HTTPReceiver, @unchecked Sendable {
    private let host: Host
    private let requests: Requests
    private let item: UInt64
    private let key: String

    private var status = 0
    private var headers: [(name: String, value: String)] = []
    private var decoder: SpeechDecoder
    /// The beginning of what is no audio.
    private var text: [UInt8] = []
    private var isAudio = true
    private var isOver = false

    private static let longestError = 1 << 16
    /// Three minutes at 48 kHz: no sentence is longer.
    private static let mostSamples = 180 * 48_000

    init(_ host: Host, _ requests: Requests, item: UInt64, decoder: SpeechDecoder, key: String) {
        (self.host, self.requests, self.item, self.decoder, self.key) = (host, requests, item, decoder, key)
    }

    func head(status: Int, headers: [(name: String, value: String)]) {
        (self.status, self.headers) = (status, headers)
        let type = headers.first { $0.name == "content-type" }?.value ?? ""
        isAudio = status == 200 && !type.hasPrefix("application/json") && !type.hasPrefix("text/")
    }

    func body(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        guard isAudio else { return text += bytes.prefix(Self.longestError - text.count) }
        do throws(SpeechProblem) {
            let samples = try decoder.feed(bytes)
            guard decoder.count <= Self.mostSamples else {
                throw SpeechProblem("more than three minutes for a sentence")
            }
            if !samples.isEmpty { requests.emit(item: item) { $0.emit(audio: samples, item: item) } }
        } catch { fail(PluginProblem(.malformed, "audio: \(error.text)", isRetryable: true)) }
    }

    func done(_ problem: PluginProblem?) {
        guard !isOver else { return }
        if let problem { return fail(problem) }
        guard status == 200 else {
            return fail(Refusal.problem(status: status, headers: headers, body: text, host: host))
        }
        guard isAudio else {
            let words = String(decoding: text.prefix(150), as: UTF8.self)
            return fail(PluginProblem(.malformed, "an answer that is no audio: \(words)", isRetryable: true))
        }
        guard decoder.count > 0 else {
            return fail(PluginProblem(.malformed, "an answer without audio", isRetryable: true))
        }
        isOver = true
        requests.complete(item: item)
    }

    private func fail(_ problem: PluginProblem) {
        isOver = true
        let problem = problem.striking(out: key)
        requests.gate.emit { $0.fail(problem) }
    }
}
