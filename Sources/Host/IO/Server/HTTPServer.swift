import CLinux
import CWebSockets
import Core
import Glibc

/// Listens on one address and serves HTTP and WebSockets on one or more loops.
///
/// One socket accepts, and hands connections to the loops in turn: libwebsockets cannot share a port between contexts, and
/// an own listening socket tells exactly why it could not be opened.
///
/// Unchecked: what changes is touched on the accepting loop, or on the loop that an exchange belongs to.
public final class HTTPServer: SocketService, @unchecked Sendable {
    /// Where the server listens; the port is the real one where 0 was asked for.
    public let host: String
    public let port: Int
    private let listener: Int32
    private let loops: [SocketLoop]
    private let handler: any HTTPHandler
    private var nextLoop = 0
    private var isListening = true
    /// Held back so that a process out of descriptors can still turn a caller away.
    private var spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
    private let log = Log("http-server")
    /// The answers that are still owed, by loop; each entry is touched on its loop only.
    private let owed: [OwedAnswers]
    /// How long a handler may take.
    private static let deadline: Duration = .seconds(14)

    /// Listens; connections are served once `start` was called. Port 0 takes a free one.
    public init(host: String, port: Int, loops: [SocketLoop], handler: any HTTPHandler) throws(IOFailure) {
        (self.host, self.loops, self.handler) = (host, loops, handler)
        owed = loops.map { _ in OwedAnswers() }
        let address = "\(host):\(port)"
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = socket(AF_INET, type, 0)
        guard listener >= 0 else { throw .cannotListen(address, reason: IOFailure.systemReason) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(port).bigEndian)
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &name.sin_addr) == 1 else {
            close(listener)
            throw .cannotListen(address, reason: "listen.host must be an IPv4 address of this machine, or 0.0.0.0")
        }
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(listener, pointer, length) == 0, listen(listener, 4096) == 0 else { return false }
                return getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else {
            let reason =
                errno == EADDRINUSE
                ? "the port is in use; stop what uses it or set listen.port" : IOFailure.systemReason
            close(listener)
            throw .cannotListen(address, reason: reason)
        }
        self.port = Int(UInt16(bigEndian: name.sin_port))
        self.listener = listener
    }

    deinit { close(spare) }

    /// Serves from now on. The loops run already, or are started later.
    public func start() {
        for loop in loops { loop.perform { loop.service = self } }
        loops[0].perform {
            self.loops[0].inner.watch(self.listener, for: EPOLLIN.rawValue) { _ in self.acceptAll() }
        }
    }

    /// Accepts no more; connections that live go on.
    public func stopListening() {
        loops[0].perform {
            guard self.isListening else { return }
            self.isListening = false
            self.loops[0].inner.unwatch(self.listener)
            close(self.listener)
        }
    }

    private func acceptAll() {
        while true {
            let connection = clinux_accept(listener)
            guard connection >= 0 else {
                if errno == EMFILE || errno == ENFILE { turnAway() }
                return
            }
            var yes: Int32 = 1
            setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
            let loop = loops[nextLoop]
            nextLoop = (nextLoop + 1) % loops.count
            if loop.isCurrent { loop.adopt(connection) } else { loop.perform { loop.adopt(connection) } }
        }
    }

    /// Closes the connection at the head of the queue: left there, it would wake the loop without end.
    private func turnAway() {
        close(spare)
        let connection = clinux_accept(listener)
        if connection >= 0 { close(connection) }
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
        log.warning("out of descriptors: a connection was turned away")
    }

    // MARK: SocketService

    private func answers(of loop: SocketLoop) -> OwedAnswers {
        owed[loops.firstIndex { $0 === loop } ?? 0]
    }

    func request(_ exchange: OpaquePointer, _ request: HTTPRequest, on loop: SocketLoop) {
        let answers = answers(of: loop)
        let number = answers.add(exchange)
        let timer = loop.schedule(after: Self.deadline) {
            answers.settle(number)?.respond(.text(503, "no answer in time"))
        }
        handler.handle(request, on: loop) { response in
            guard let exchange = answers.settle(number) else { return }
            loop.cancel(timer)
            exchange.respond(response)
        }
    }

    func abandoned(_ exchange: OpaquePointer, on loop: SocketLoop) { answers(of: loop).forget(exchange) }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision {
        handler.upgrade(request, on: loop)
    }
}

/// The requests of one loop that wait for their answer.
private final class OwedAnswers {
    private var exchanges: [UInt64: OpaquePointer] = [:]
    private var next: UInt64 = 0

    func add(_ exchange: OpaquePointer) -> UInt64 {
        next += 1
        exchanges[next] = exchange
        return next
    }

    /// Takes an exchange out: whoever gets it answers it.
    func settle(_ number: UInt64) -> OpaquePointer? { exchanges.removeValue(forKey: number) }

    func forget(_ exchange: OpaquePointer) {
        if let entry = exchanges.first(where: { $0.value == exchange }) { exchanges[entry.key] = nil }
    }
}

extension OpaquePointer {
    fileprivate func respond(_ response: HTTPResponse) {
        let lines = response.headers.map { HeaderLine.make($0.name, $0.value) + "\n" }.joined()
        _ = ws_respond(self, Int32(response.status), lines, response.body, response.body.count)
    }
}
