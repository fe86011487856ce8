import JSONKit
public import PluginKit

/// One call's replies from a server that speaks OpenAI's chat completions, one request each.
public final class ChatStream: PluginStream, Sendable {
    private let host: Host
    private let settings: ChatSettings
    private let model: String
    private let requests: Requests

    /// `model`: what the stream's options name.
    public init(_ host: Host, _ settings: ChatSettings, model: String?, _ sink: Sink) {
        (self.host, self.settings, self.model) = (host, settings, model ?? settings.model)
        requests = Requests(host, sink)
    }

    public func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json: try start(frame.json(), item: frame.item)
        case .end: requests.end()
        default: break
        }
    }

    private func start(_ json: JSON, item: UInt64) throws(PluginProblem) {
        let chat = try ChatRequest(json, model: model, settings)
        let key = try settings.endpoint.key(host)
        var request = settings.endpoint.request("POST", "/chat/completions")
        request.headers = [("content-type", "application/json"), ("accept", "text/event-stream")]
        if !key.isEmpty { request.headers.append(("authorization", "Bearer \(key)")) }
        chat.body.write(into: &request.body)
        try requests.reserve(item)
        let answer = ChatAnswer(item: item, requests: requests, key: key, host: host, prefix: chat.prefix)
        try requests.send(request, item: item, to: answer)
    }

    public func cancel(item: UInt64) { requests.cancel(item: item) }

    public func close() { requests.close() }
}
