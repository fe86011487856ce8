import JSONKit
import PluginKit
import ProviderKit

/// One request for each record, and one for each question after leads.
final class WebhookStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let requests: Requests

    private static let mostRequests = 32

    init(_ host: Host, _ settings: Settings, _ sink: Sink) {
        (self.host, self.settings) = (host, settings)
        requests = Requests(host, sink, most: Self.mostRequests)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json:
            let json = try frame.json()
            if json["op"] == "leads" { try ask(json, frame.item) } else { try post(json, frame.item) }
        case .end: requests.end()
        default: break
        }
    }

    /// The far side may have it all the same; it knows it by its identifier when it comes again.
    func cancel(item: UInt64) { requests.cancel(item: item) }

    func close() { requests.close() }

    private func post(_ record: JSON, _ item: UInt64) throws(PluginProblem) {
        guard let id = record["id"]?.string, !id.isEmpty, !id.contains("."), let type = record["type"]?.string,
            let at = record["at"]?.string
        else { throw PluginProblem(.invalid, "id (without a point), type, at: are required in a record (strings)") }
        let body = Self.body(type, at, record["data"] ?? [:], bound: settings.bound)
        let seconds = Int64(host.unixMicroseconds / 1_000_000)
        let signature = try settings.signer(host).signature(id: id, seconds: seconds, body: body)
        let request = settings.request(
            "POST",
            settings.url,
            headers: [
                ("content-type", "application/json"), ("webhook-id", id), ("webhook-timestamp", String(seconds)),
                ("webhook-signature", signature),
            ],
            body: body
        )
        try requests.reserve(item)
        let answer = WebhookAnswer(host, setting: "url") { [weak self] result in
            switch result {
            case .failure(let problem): self?.requests.gate.emit { $0.fail(problem) }
            case .success(let body):
                let json = body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
                let reference = json?["reference"]?.string ?? json?["id"]?.string ?? id
                self?.requests.complete(item: item) { $0.emit(json: ["reference": .string(reference)], item: item) }
            }
        }
        try requests.send(request, item: item, to: answer)
    }

    /// Transcripts make a body long; whoever needs one longer than the bound asks the warehouse.
    static func body(_ type: String, _ at: String, _ data: JSON, bound: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let whole: JSON = ["type": .string(type), "timestamp": .string(at), "data": data]
        whole.write(into: &bytes)
        guard bytes.count > bound, var members = data.object, members["transcript"] != nil else { return bytes }
        members["transcript"] = nil
        members["left_out"] = ["transcript"]
        bytes.removeAll()
        let short: JSON = ["type": .string(type), "timestamp": .string(at), "data": .object(members)]
        short.write(into: &bytes)
        return bytes
    }

    private func ask(_ question: JSON, _ item: UInt64) throws(PluginProblem) {
        guard !settings.leadsURL.isEmpty else {
            throw PluginProblem(.invalid, "leads_url: is not set; this webhook gives no leads")
        }
        let token = try settings.leadsToken(host)
        var url = settings.leadsURL + (settings.leadsURL.contains("?") ? "&" : "?")
        url += "limit=\(question["limit"]?.int ?? 100)"
        if let cursor = question["cursor"]?.string, !cursor.isEmpty { url += "&cursor=\(cursor.percentEncoded())" }
        var headers = [(name: "accept", value: "application/json")]
        if !token.isEmpty { headers.append(("authorization", "Bearer \(token)")) }
        try requests.reserve(item)
        let answer = WebhookAnswer(host, setting: "leads_url", key: token) { [weak self] result in
            switch result.flatMap(LeadsPage.checked) {
            case .failure(let problem): self?.requests.gate.emit { $0.fail(problem) }
            case .success(let page): self?.requests.complete(item: item) { $0.emit(json: page, item: item) }
            }
        }
        try requests.send(settings.request("GET", url, headers: headers), item: item, to: answer)
    }
}
