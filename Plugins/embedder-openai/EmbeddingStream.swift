import JSONKit
import PluginKit
import ProviderKit

/// The texts of one stream, one request each.
final class EmbeddingStream: PluginStream, Sendable {
    private let host: Host
    private let settings: Settings
    private let requests: Requests

    private static let mostRequests = 64

    init(_ host: Host, _ settings: Settings, _ sink: Sink) {
        (self.host, self.settings) = (host, settings)
        requests = Requests(host, sink, most: Self.mostRequests)
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .text: try embed(frame.text, frame.item)
        case .end: requests.end()
        default: break
        }
    }

    func cancel(item: UInt64) { requests.cancel(item: item) }

    func close() { requests.close() }

    private func embed(_ text: String, _ item: UInt64) throws(PluginProblem) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw PluginProblem(.invalid, "text: must not be empty")
        }
        let key = try settings.endpoint.key(host)
        var body: JSONObject = [
            "model": .string(settings.model), "input": .string(text),
            "encoding_format": settings.isCompact ? "base64" : "float",
        ]
        if settings.dimensions > 0 { body["dimensions"] = .int(Int64(settings.dimensions)) }
        var request = settings.endpoint.request("POST", "/embeddings", headers: [("content-type", "application/json")])
        if !key.isEmpty { request.headers.append(("authorization", "Bearer \(key)")) }
        JSON.object(body).write(into: &request.body)
        try requests.reserve(item)
        let answer = WholeAnswer(host, key: key, limit: 4 << 20) { [weak self] result in self?.answered(item, result) }
        try requests.send(request, item: item, to: answer)
    }

    private func answered(_ item: UInt64, _ result: Result<[UInt8], PluginProblem>) {
        switch result {
        case .failure(let problem): requests.gate.emit { $0.fail(problem) }
        case .success(let body):
            let json = body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
            guard let vector = json?["data"]?[0]?["embedding"].flatMap(Self.vector), !vector.isEmpty else {
                let problem = PluginProblem(.malformed, "an answer without an embedding; is base_url right?")
                return requests.gate.emit { $0.fail(problem) }
            }
            guard settings.dimensions == 0 || vector.count == settings.dimensions else {
                let text = "\(vector.count) dimensions, \(settings.dimensions) were asked for"
                return requests.gate.emit { $0.fail(PluginProblem(.malformed, text)) }
            }
            requests.complete(item: item) { $0.emit(vector: vector, item: item) }
        }
    }

    /// A list of numbers, or little-endian floats in base64. Servers answer as they like, whatever was asked for.
    private static func vector(_ json: JSON) -> [Float]? {
        if let text = json.string {
            guard let bytes = Base64.decode(text), bytes.count % 4 == 0 else { return nil }
            return stride(from: 0, to: bytes.count, by: 4).map { at in
                var bits: UInt32 = 0
                for place in (0..<4).reversed() { bits = bits << 8 | UInt32(bytes[at + place]) }
                return Float(bitPattern: bits)
            }
        }
        guard let numbers = json.array else { return nil }
        let vector = numbers.compactMap { $0.double.map { Float($0) } }
        return vector.count == numbers.count ? vector : nil
    }
}
