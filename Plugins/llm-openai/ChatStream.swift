import JSONKit
import PluginKit
import ProviderKit

/// One call's requests, one per reply.
final class ChatStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let model: String
    private let requests: Requests

    init(_ host: Host, _ settings: Settings, model: String?, _ sink: Sink) {
        (self.host, self.settings, self.model) = (host, settings, model ?? settings.model)
        requests = Requests(host, sink)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json: try start(frame.json(), item: frame.item)
        case .end: requests.end()
        default: break
        }
    }

    private func start(_ json: JSON, item: UInt64) throws(PluginProblem) {
        let body = try ChatRequest.body(of: json, model: model, settings)
        let key = try settings.endpoint.key(host)
        var request = settings.endpoint.request("POST", "/chat/completions")
        request.headers = [("content-type", "application/json"), ("accept", "text/event-stream")]
        if !key.isEmpty { request.headers.append(("authorization", "Bearer \(key)")) }
        body.write(into: &request.body)
        try requests.start(request, item: item) { finished in
            Answer(item: item, gate: requests.gate, key: key, host: host, finished: finished)
        }
    }

    func cancel(item: UInt64) { requests.cancel(item: item) }

    func close() { requests.close() }
}
