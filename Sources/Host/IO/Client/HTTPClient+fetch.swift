import Synchronization

extension HTTPClient {
    /// One request with its whole answer, at most `limit` bytes.
    public func fetch(_ request: ClientRequest, limit: Int = 16 << 20) async throws(IOFailure) -> HTTPResponse {
        let result = await withCheckedContinuation { continuation in
            start(request, Collector(limit: limit) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }
}

/// Collects one answer.
private final class Collector: HTTPClientHandler {
    private struct State {
        var response = HTTPResponse(status: 0)
        var isTooLarge = false
    }

    private let state = Mutex(State())
    private let limit: Int
    private let finish: @Sendable (Result<HTTPResponse, IOFailure>) -> Void

    init(limit: Int, _ finish: @escaping @Sendable (Result<HTTPResponse, IOFailure>) -> Void) {
        (self.limit, self.finish) = (limit, finish)
    }

    func head(status: Int, headers: [(name: String, value: String)]) {
        state.withLock { $0.response = HTTPResponse(status: status, headers: headers) }
    }

    func body(_ bytes: UnsafeRawBufferPointer) {
        state.withLock {
            if $0.response.body.count + bytes.count > limit { $0.isTooLarge = true } else { $0.response.body += bytes }
        }
    }

    func done(_ failure: IOFailure?) {
        let state = state.withLock { $0 }
        if let failure {
            finish(.failure(failure))
        } else if state.isTooLarge {
            finish(.failure(.malformed("an answer of more than \(limit) bytes")))
        } else {
            finish(.success(state.response))
        }
    }
}
