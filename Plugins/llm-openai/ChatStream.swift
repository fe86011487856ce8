import JSONKit
import PluginKit
import Synchronization

/// One call's requests. Usually one is under way; after a barge-in the next may begin before the last is gone.
final class ChatStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let model: String
    private let gate: EmissionGate
    private let progress = Mutex(Progress())

    private struct Progress {
        /// Items under way and their requests; 0 while a request is being started.
        var requests: [UInt64: UInt64] = [:]
        var isEnding = false
    }

    private static let mostRequests = 8

    init(_ host: Host, _ settings: Settings, model: String?, _ sink: Sink) {
        (self.host, self.settings, self.model) = (host, settings, model ?? settings.model)
        gate = EmissionGate(sink)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json: try start(frame.json(), item: frame.item)
        case .end:
            let isIdle = progress.withLock { progress in
                progress.isEnding = true
                return progress.requests.isEmpty
            }
            if isIdle { gate.emit { $0.end() } }
        default: break
        }
    }

    private func start(_ json: JSON, item: UInt64) throws(PluginProblem) {
        let body = try ChatRequest.body(of: json, model: model, settings)
        var request = HTTPRequest("POST", settings.url)
        request.headers = [("content-type", "application/json"), ("accept", "text/event-stream")]
        var key = ""
        if !settings.secret.isEmpty {
            guard let secret = host.secret(settings.secret) else { throw settings.missingSecret }
            key = secret
            request.headers.append(("authorization", "Bearer \(secret)"))
        }
        body.write(into: &request.body)
        request.connectMilliseconds = settings.connectMilliseconds
        request.idleMilliseconds = settings.idleMilliseconds
        request.totalMilliseconds = settings.totalMilliseconds
        let isFree = progress.withLock { progress in
            guard progress.requests.count < Self.mostRequests, progress.requests[item] == nil else { return false }
            progress.requests[item] = 0
            return true
        }
        guard isFree else {
            throw PluginProblem(.invalid, "item \(item) is under way, or \(Self.mostRequests) others are")
        }
        let answer = Answer(item: item, gate: gate, key: key, host: host) { [weak self] in self?.finished(item) }
        let number = try host.send(request, to: answer)
        // It may have been answered, or cancelled, before its number was known.
        let isWanted = progress.withLock { progress in
            guard progress.requests[item] != nil else { return false }
            progress.requests[item] = number
            return true
        }
        if !isWanted { host.cancel(number) }
    }

    private func finished(_ item: UInt64) {
        let isLast = progress.withLock { progress in
            progress.requests[item] = nil
            return progress.isEnding && progress.requests.isEmpty
        }
        if isLast { gate.emit { $0.end() } }
    }

    func cancel(item: UInt64) {
        let dropped = progress.withLock { progress in
            let dropped = progress.requests.filter { item == 0 || $0.key == item }
            for item in dropped.keys { progress.requests[item] = nil }
            return dropped
        }
        for (item, number) in dropped {
            if number != 0 { host.cancel(number) }
            gate.emit { $0.done(item: item) }
        }
        let isLast = progress.withLock { !dropped.isEmpty && $0.isEnding && $0.requests.isEmpty }
        if isLast { gate.emit { $0.end() } }
    }

    func close() {
        gate.close()
        let numbers = progress.withLock { progress in
            defer { progress.requests = [:] }
            return Array(progress.requests.values)
        }
        for number in numbers where number != 0 { host.cancel(number) }
    }
}
