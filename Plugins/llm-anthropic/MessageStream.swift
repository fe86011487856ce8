import JSONKit
import PluginKit
import ProviderKit

/// One call's replies, one request each.
final class MessageStream: PluginStream, Sendable {
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
        let body = try MessageRequest.body(of: json, model: model, settings)
        let key = try settings.endpoint.key(host)
        var request = settings.endpoint.request("POST", "/messages")
        request.headers = [
            ("content-type", "application/json"), ("accept", "text/event-stream"),
            ("anthropic-version", settings.version),
        ]
        if !key.isEmpty { request.headers.append(("x-api-key", key)) }
        body.write(into: &request.body)
        try requests.reserve(item)
        try requests.send(request, item: item, to: MessageAnswer(item: item, requests: requests, key: key, host: host))
    }

    func cancel(item: UInt64) { requests.cancel(item: item) }

    func close() { requests.close() }
}
