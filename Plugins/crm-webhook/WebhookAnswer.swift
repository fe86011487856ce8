import PluginKit
import ProviderKit

/// Reads an answer, and knows what its status means for a webhook.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
final class WebhookAnswer: HTTPReceiver, @unchecked Sendable {
    private let host: Host
    private let setting: String
    private let key: String
    private let completion: @Sendable (Result<[UInt8], PluginProblem>) -> Void
    private var status = 0
    private var headers: [(name: String, value: String)] = []
    private var bytes: [UInt8] = []
    private var isOver = false

    private static let limit = 4 << 20
    /// A receiver may ask for a pause of a day.
    private static let longestWait = 86_400_000

    /// `completion` gets the body of an answer with a 2xx status, or what went wrong, once and on the host's HTTP loop. An
    /// error names `setting`; `key` is struck out of errors that quote it.
    init(
        _ host: Host,
        setting: String,
        key: String = "",
        completion: @escaping @Sendable (Result<[UInt8], PluginProblem>) -> Void
    ) {
        (self.host, self.setting, self.key, self.completion) = (host, setting, key, completion)
    }

    func head(status: Int, headers: [(name: String, value: String)]) {
        (self.status, self.headers) = (status, headers)
    }

    func body(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver, self.bytes.count <= Self.limit else { return }
        self.bytes += bytes.prefix(Self.limit + 1 - self.bytes.count)
    }

    func done(_ problem: PluginProblem?) {
        guard !isOver else { return }
        isOver = true
        completion(result(problem).mapError { $0.striking(out: key) })
    }

    private func result(_ problem: PluginProblem?) -> Result<[UInt8], PluginProblem> {
        if let problem { return .failure(problem) }
        // What a receiver of records says beyond its yes is nobody's business.
        if (200..<300).contains(status) {
            return bytes.count <= Self.limit
                ? .success(bytes)
                : .failure(PluginProblem(.malformed, "\(setting): an answer of more than \(Self.limit) bytes"))
        }
        let refusal = Refusal.problem(
            status: status,
            headers: headers,
            body: bytes,
            host: host,
            longestWait: Self.longestWait
        )
        return .failure(
            PluginProblem(
                reason(refusal),
                "\(setting): \(refusal.text)\(advice)",
                isRetryable: refusal.isRetryable,
                retryAfterMilliseconds: refusal.retryAfterMilliseconds
            )
        )
    }

    /// About the address and those who may use it, not about this record.
    private func reason(_ refusal: PluginProblem) -> PluginProblem.Reason {
        (300..<400).contains(status) || status == 404 || status == 405 || status == 410 ? .refused : refusal.reason
    }

    private var advice: String {
        switch status {
        case 300..<400:
            let place = headers.first { $0.name == "location" }?.value ?? "elsewhere"
            return "; it points to \(place): redirects are not followed, set \(setting) to where it ends"
        case 401, 403: return "; does the receiver know one of the secrets, and are both clocks right?"
        case 404, 405: return "; is the address right?"
        case 410: return "; the receiver wants no more: set another address, or unload the plugin"
        default: return ""
        }
    }
}
