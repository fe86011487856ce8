import JSONKit
import PluginKit
import ProviderKit
import Synchronization

/// One call's utterances: collected while the caller speaks, posted as a WAV file when they are complete.
final class TranscriptionStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let requests: Requests
    private let rate: Int
    private let language: String
    private let prompt: String
    private let utterances = Mutex<[UInt64: [UInt8]]>([:])

    /// A longer utterance is none: a minute and a half, far below what the service takes.
    private static let longest = 90
    /// Less is refused, and is no word.
    private static let shortest = 0.1

    init(_ host: Host, _ settings: Settings, _ options: JSON, _ sink: Sink) {
        (self.host, self.settings) = (host, settings)
        requests = Requests(host, sink)
        rate = Int(options["sample_rate"]?.int ?? 8000)
        // ISO 639: the language without its country.
        language = String((options["language"]?.string ?? "").prefix { $0 != "-" }).lowercased()
        let phrases = (options["phrases"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        prompt = [settings.prompt, phrases].filter { !$0.isEmpty }.joined(separator: " ")
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .audio: try hear(frame)
        case .done: try finish(frame.item)
        case .end: requests.end()
        default: break
        }
    }

    func cancel(item: UInt64) {
        utterances.withLock { utterances in
            if item == 0 { utterances = [:] } else { utterances[item] = nil }
        }
        requests.cancel(item: item)
    }

    func close() {
        utterances.withLock { $0 = [:] }
        requests.close()
    }

    private func hear(_ frame: borrowing Frame) throws(PluginProblem) {
        let (item, most) = (frame.item, Self.longest * rate * 2)
        let fits = frame.withBytes { bytes in
            utterances.withLock { utterances -> Bool in
                guard utterances[item, default: []].count + bytes.count <= most else { return false }
                utterances[item, default: []].append(contentsOf: bytes)
                return true
            }
        }
        guard fits else { throw PluginProblem(.invalid, "an utterance of more than \(Self.longest) s") }
    }

    private func finish(_ item: UInt64) throws(PluginProblem) {
        let audio = utterances.withLock { $0.removeValue(forKey: item) } ?? []
        try requests.reserve(item)
        guard Double(audio.count / 2) >= Self.shortest * Double(rate) else { return conclude(item, "") }
        let key = try settings.endpoint.key(host)
        var form = Multipart(seed: host.monotonicMicroseconds)
        form.add("model", settings.model)
        form.add("response_format", "json")
        if !language.isEmpty { form.add("language", language) }
        if !prompt.isEmpty { form.add("prompt", prompt) }
        if let temperature = settings.temperature { form.add("temperature", "\(temperature)") }
        for (name, value) in settings.extra { form.add(name, value.string ?? value.description) }
        // The service goes by the name's ending.
        form.add("file", file: "utterance.wav", type: "audio/wav", WaveFile.bytes(of: audio, sampleRate: rate))
        form.finish()
        var request = settings.endpoint.request("POST", "/audio/transcriptions", body: form.bytes)
        request.headers = [("content-type", form.type)]
        if !key.isEmpty { request.headers.append(("authorization", "Bearer \(key)")) }
        let answer = WholeAnswer(host, key: key, limit: 1 << 20) { [weak self] result in self?.answered(item, result) }
        try requests.send(request, item: item, to: answer)
    }

    private func answered(_ item: UInt64, _ result: Result<[UInt8], PluginProblem>) {
        switch result {
        case .failure(let problem): requests.gate.emit { $0.fail(problem) }
        case .success(let body):
            let json = body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
            guard let text = json?["text"]?.string else {
                let problem = PluginProblem(.malformed, "an answer without text; is base_url right?", isRetryable: true)
                return requests.gate.emit { $0.fail(problem) }
            }
            conclude(item, text)
        }
    }

    /// Exactly one final text, empty if nothing was understood.
    private func conclude(_ item: UInt64, _ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        requests.complete(item: item) { $0.emit(text: words, item: item, isFinal: true) }
    }
}
