import PluginAPI

/// A request on the host's HTTP loop.
public struct HTTPRequest: Sendable {
    public var method: String
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// 0: the host's own limits.
    public var connectMilliseconds = 0
    /// The longest silence while the answer comes.
    public var idleMilliseconds = 0
    public var totalMilliseconds = 0

    public init(_ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
    }
}

/// Gets the answer. Called on the host's HTTP loop, one at a time, and must not block.
public protocol HTTPReceiver: AnyObject, Sendable {
    /// Names of headers are in lower case.
    func head(status: Int, headers: [(name: String, value: String)])
    /// A piece of the body, lent for the call.
    func body(_ bytes: UnsafeRawBufferPointer)
    /// The last call; nil when the answer is complete.
    func done(_ problem: PluginProblem?)
}

extension Host {
    /// Starts a request; `done` follows exactly once, unless it is cancelled. Returns its number.
    public func send(_ request: HTTPRequest, to receiver: any HTTPReceiver) throws(PluginProblem) -> UInt64 {
        guard let http else { throw PluginProblem(.fault, "this host offers no HTTP") }
        let waiting = WaitingReceiver(receiver, in: receivers)
        var sink = pb_http_sink(
            context: Unmanaged.passUnretained(waiting).toOpaque(),
            head: WaitingReceiver.head,
            body: WaitingReceiver.body,
            done: WaitingReceiver.done
        )
        var error = pb_error()
        let number = request.lend { native in http.pointee.start(http.pointee.context, native, &sink, &error) }
        guard number != 0 else { throw PluginProblem(error) }
        receivers.keep(waiting, number)
        return number
    }

    /// After this returns the receiver is not called any more, unless it was called from inside the receiver.
    public func cancel(_ request: UInt64) {
        guard let http else { return }
        http.pointee.cancel(http.pointee.context, request)
        receivers.drop(request)
    }
}

extension HTTPRequest {
    /// The request as C takes it, for the length of the call.
    func lend<Result>(_ body: (UnsafePointer<pb_http_request>) -> Result) -> Result {
        var texts: [UInt8] = []
        var ends: [Int] = []
        for text in [method, url] + headers.flatMap({ [$0.name, $0.value] }) {
            texts += text.utf8
            ends.append(texts.count)
        }
        return texts.withUnsafeBytes { buffer in
            self.body.withUnsafeBytes { content in
                let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
                func text(_ index: Int) -> pb_text {
                    let start = index == 0 ? 0 : ends[index - 1]
                    return pb_text(bytes: base.map { $0 + start }, length: UInt64(ends[index] - start))
                }
                let pairs = headers.indices.map { pb_header(name: text(2 + 2 * $0), value: text(3 + 2 * $0)) }
                return pairs.withUnsafeBufferPointer { pairs in
                    var native = pb_http_request(
                        method: text(0),
                        url: text(1),
                        headers: pairs.baseAddress,
                        header_count: UInt64(pairs.count),
                        body: pb_text(
                            bytes: content.baseAddress?.assumingMemoryBound(to: CChar.self),
                            length: UInt64(content.count)
                        ),
                        connect_ms: UInt32(clamping: connectMilliseconds),
                        idle_ms: UInt32(clamping: idleMilliseconds),
                        total_ms: UInt32(clamping: totalMilliseconds),
                        reserved: 0
                    )
                    return body(&native)
                }
            }
        }
    }
}
