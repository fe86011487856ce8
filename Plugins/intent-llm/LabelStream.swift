import JSONKit
import PluginKit
import ProviderKit

/// One call's utterances, one request each.
final class LabelStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let requests: Requests
    private let names: Set<String>
    /// Everything of a request but the utterance.
    private let question: LabelQuestion

    init(_ host: Host, _ settings: Settings, _ options: JSON, _ sink: Sink) throws(PluginProblem) {
        guard let labels = options["labels"]?.array else {
            throw PluginProblem(.invalid, "labels: is required (an array of {name, examples})")
        }
        (self.host, self.settings) = (host, settings)
        requests = Requests(host, sink)
        names = Set(labels.compactMap { $0["name"]?.string })
        question = LabelQuestion(labels, settings)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .text: try label(frame.text, frame.item)
        case .end: requests.end()
        default: break
        }
    }

    func cancel(item: UInt64) { requests.cancel(item: item) }

    func close() { requests.close() }

    private func label(_ text: String, _ item: UInt64) throws(PluginProblem) {
        try requests.reserve(item)
        guard !names.isEmpty, text.contains(where: { !$0.isWhitespace }) else { return conclude(item, []) }
        let key = try settings.endpoint.key(host)
        var request = settings.endpoint.request(
            "POST",
            "/chat/completions",
            headers: [("content-type", "application/json")]
        )
        if !key.isEmpty { request.headers.append(("authorization", "Bearer \(key)")) }
        question.body(text).write(into: &request.body)
        let answer = WholeAnswer(host, key: key, limit: 1 << 20) { [weak self] result in self?.answered(item, result) }
        try requests.send(request, item: item, to: answer)
    }

    private func answered(_ item: UInt64, _ result: Result<[UInt8], PluginProblem>) {
        switch result {
        case .failure(let problem): requests.gate.emit { $0.fail(problem) }
        case .success(let body):
            let json = body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
            guard let content = json?["choices"]?[0]?["message"]?["content"]?.string,
                let labels = LabelAnswer.labels(in: content, known: names, trust: settings.trust)
            else {
                let problem = PluginProblem(.malformed, "an answer that names no labels", isRetryable: true)
                return requests.gate.emit { $0.fail(problem) }
            }
            conclude(item, labels)
        }
    }

    private func conclude(_ item: UInt64, _ labels: [JSON]) {
        requests.complete(item: item) { $0.emit(json: ["labels": .array(labels)], item: item) }
    }
}
