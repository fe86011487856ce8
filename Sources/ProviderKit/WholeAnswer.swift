public import PluginKit

/// Reads an answer that makes sense only as a whole, such as a JSON document.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
public final class WholeAnswer: HTTPReceiver, @unchecked Sendable {
    private let host: Host
    private let key: String
    private let limit: Int
    private let completion: @Sendable (Result<[UInt8], PluginProblem>) -> Void

    private var status = 0
    private var headers: [(name: String, value: String)] = []
    private var bytes: [UInt8] = []
    private var isOver = false

    /// `completion` gets the body of an answer with a 2xx status, or what went wrong, once and on the host's HTTP loop.
    /// `key` is struck out of errors that quote it; a body longer than `limit` bytes is malformed.
    public init(
        _ host: Host,
        key: String = "",
        limit: Int = 16 << 20,
        completion: @escaping @Sendable (Result<[UInt8], PluginProblem>) -> Void
    ) {
        (self.host, self.key, self.limit, self.completion) = (host, key, limit, completion)
    }

    public func head(status: Int, headers: [(name: String, value: String)]) {
        (self.status, self.headers) = (status, headers)
    }

    public func body(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        self.bytes += bytes.prefix(limit + 1 - self.bytes.count)
        if self.bytes.count > limit {
            finish(.failure(PluginProblem(.malformed, "an answer of more than \(limit) bytes")))
        }
    }

    public func done(_ problem: PluginProblem?) {
        guard !isOver else { return }
        if let problem { return finish(.failure(problem)) }
        guard (200..<300).contains(status) else {
            let problem = Refusal.problem(status: status, headers: headers, body: bytes, host: host)
            return finish(.failure(problem))
        }
        finish(.success(bytes))
    }

    private func finish(_ result: Result<[UInt8], PluginProblem>) {
        isOver = true
        bytes = []
        completion(result.mapError { $0.striking(out: key) })
    }
}
