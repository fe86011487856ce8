public import PluginKit

/// The requests of one stream to a service of Google, each with its credential. A token that is refused is replaced, and
/// the request made again, once. Any thread.
public final class GoogleRequests: Sendable {
    /// What is under way, and the way out for the answers.
    public let requests: Requests
    private let host: Host
    private let endpoint: Endpoint
    private let access: GoogleAccess

    /// Makes what reads an answer; it is given what must be struck out of errors.
    public typealias Reader = @Sendable (_ secret: String) -> any HTTPReceiver

    public init(_ host: Host, _ endpoint: Endpoint, _ access: GoogleAccess, _ sink: Sink) {
        (self.host, self.endpoint, self.access) = (host, endpoint, access)
        requests = Requests(host, sink)
        access.prepare()
    }

    /// Posts JSON for an item that has its place in `requests`; whoever reads the answer completes the item. Fails the
    /// stream if there is no credential.
    public func post(_ path: String, _ body: [UInt8], item: UInt64, reader: @escaping Reader) {
        authorized { [self] result in
            switch result {
            case .failure(let problem): fail(problem)
            case .success(let credential):
                let first = reader(credential.secret)
                guard access.canRenew else { return send(path, body, item, credential, to: first) }
                let guarded = RenewingAnswer(first) { [self] in
                    access.forget(credential)
                    authorized { [self] result in
                        switch result {
                        case .failure(let problem): fail(problem)
                        case .success(let second): send(path, body, item, second, to: reader(second.secret))
                        }
                    }
                }
                send(path, body, item, credential, to: guarded)
            }
        }
    }

    /// Posts JSON whose answer is welcome and not missed: errors and cancelling are left to the reader.
    public func probe(_ path: String, _ body: [UInt8], reader: @escaping Reader) {
        authorized { [self] result in
            guard case .success(let credential) = result else { return }
            _ = try? host.send(request(path, body, credential), to: reader(credential.secret))
        }
    }

    private func authorized(_ completion: @escaping GoogleAccess.Completion) { access.credential(completion) }

    private func send(
        _ path: String,
        _ body: [UInt8],
        _ item: UInt64,
        _ credential: GoogleCredential,
        to reader: any HTTPReceiver
    ) {
        do throws(PluginProblem) {
            try requests.send(request(path, body, credential), item: item, to: reader)
        } catch { fail(error) }
    }

    private func request(_ path: String, _ body: [UInt8], _ credential: GoogleCredential) -> HTTPRequest {
        var headers = [(name: "content-type", value: "application/json; charset=utf-8")]
        if let header = credential.header { headers.append(header) }
        return endpoint.request("POST", path, headers: headers, body: body)
    }

    private func fail(_ problem: PluginProblem) { requests.gate.emit { $0.fail(problem) } }
}
