import CWebSockets
public import Core
import Glibc

/// A loop that serves HTTP and WebSockets through libwebsockets, with the timers and the inbox of a `PollLoop` inside:
/// the inner epoll is one more descriptor in libwebsockets' poll.
///
/// Unchecked, because what is not constant is touched on the loop's thread only.
public final class SocketLoop: EventLoop, @unchecked Sendable {
    /// What a server allows a stranger.
    public struct Limits: Sendable {
        public var bodyBytes = 1 << 20
        public var messageBytes = 1 << 16
        /// Waiting to be sent, per socket.
        public var queuedBytes = 1 << 18

        public init() {}
    }

    /// PEM files.
    public struct Identity: Sendable {
        public let certificate: String
        public let key: String

        public init(certificate: String, key: String) { (self.certificate, self.key) = (certificate, key) }
    }

    let inner: PollLoop
    private let name: String
    private var native: OpaquePointer?
    /// Whoever serves what arrives here; set before connections are adopted.
    var service: (any SocketService)?

    /// `headers` are the request headers beyond the common ones that handlers want to see.
    public init(
        name: String,
        limits: Limits = Limits(),
        identity: Identity? = nil,
        headers: [String] = []
    ) throws(IOFailure) {
        self.name = name
        inner = try PollLoop(name: name)
        let owned = OwnedStrings(certificate: identity?.certificate, key: identity?.key, headers: headers)
        var options = ws_options(
            certificate: owned.certificate,
            key: owned.key,
            custom_headers: owned.headers,
            body_limit: limits.bodyBytes,
            message_limit: limits.messageBytes,
            send_limit: limits.queuedBytes
        )
        var callbacks = SocketCallbacks.table
        native = ws_loop_create(&callbacks, Unmanaged.passUnretained(self).toOpaque(), &options)
        guard let native else {
            guard let identity else { throw .exhausted("a loop") }
            throw .unusable("the certificate \(identity.certificate), or its key \(identity.key)")
        }
        guard ws_loop_watch(native, inner.descriptor) == 0 else { throw .exhausted("a loop's descriptor") }
    }

    /// Gives the loop its thread. It keeps itself alive until `stop`.
    public func start() {
        Thread.start(name: name) {
            self.inner.adoptThread()
            ws_loop_run(self.native)
            while self.inner.turn(timeout: 0), self.inner.hasPending {}
            ws_loop_destroy(self.native)
            self.native = nil
        }
    }

    /// Closes every connection and ends the thread.
    public func stop() { perform { ws_loop_stop(self.native) } }

    public var isCurrent: Bool { inner.isCurrent }
    public var now: Moment { inner.now }
    public func perform(_ work: @escaping @Sendable () -> Void) { inner.perform(work) }
    public func schedule(at time: Moment, _ work: @escaping () -> Void) -> TimerID { inner.schedule(at: time, work) }
    public func cancel(_ timer: TimerID) { inner.cancel(timer) }
    public func enqueue(_ job: consuming ExecutorJob) { inner.enqueue(UnownedJob(job), for: asUnownedSerialExecutor()) }
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }
    public func checkIsolated() { precondition(isCurrent, "not on the loop \(name)") }

    /// What libwebsockets calls when the inner loop has something to do.
    func turn() { _ = inner.turn(timeout: 0) }

    /// Takes over an accepted connection; on the loop.
    func adopt(_ descriptor: Int32) { _ = ws_adopt(native, descriptor) }

    /// Opens a WebSocket as a client; on the loop. Exactly one of the handler's `opened` and `failed` follows.
    public func connect(
        host: String,
        port: Int,
        isTLS: Bool = false,
        path: String,
        headers: [(name: String, value: String)] = [],
        handler: any WebSocketClientHandler
    ) {
        let lines = headers.map { HeaderLine.make($0.name, $0.value) + "\n" }.joined()
        let user = Unmanaged.passRetained(SocketUser(handler)).toOpaque()
        if ws_connect(native, host, Int32(port), isTLS ? 1 : 0, path, lines, user) != 0 {
            Unmanaged<SocketUser>.fromOpaque(user).release()
            handler.failed(.exhausted("a connection"))
        }
    }
}

/// C strings that live as long as the loop is being made.
private final class OwnedStrings {
    let certificate: UnsafePointer<CChar>?
    let key: UnsafePointer<CChar>?
    let headers: UnsafePointer<UnsafePointer<CChar>?>?

    init(certificate: String?, key: String?, headers: [String]) {
        // libwebsockets keeps these pointers for the process's life.
        self.certificate = certificate.flatMap { UnsafePointer(strdup($0)) }
        self.key = key.flatMap { UnsafePointer(strdup($0)) }
        let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: headers.count + 1)
        for (index, header) in headers.enumerated() {
            list.advanced(by: index).initialize(to: UnsafePointer(strdup(header.lowercased())))
        }
        list.advanced(by: headers.count).initialize(to: nil)
        self.headers = UnsafePointer(list)
    }
}
