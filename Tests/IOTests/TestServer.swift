import Core
import Glibc
import Synchronization

@testable import IO

/// A server on a port of its own that echoes what it gets.
final class TestServer: Sendable {
    let loop: SocketLoop
    let server: HTTPServer

    init() throws {
        loop = try SocketLoop(name: "test", headers: ["x-signature"])
        server = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: EchoHandler())
        server.start()
        loop.start()
    }

    func stop() {
        server.stopListening()
        loop.stop()
    }

    /// Sends bytes on a plain socket and reads until the server closes, at most 5 s.
    func exchange(_ request: String) throws -> String {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(server.port).bigEndian)
        inet_pton(AF_INET, "127.0.0.1", &name.sin_addr)
        let connected = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw IOFailure.unreachable("the test server", reason: IOFailure.systemReason) }
        let bytes = Array(request.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.send(client, Array(bytes[sent...]), bytes.count - sent, Int32(MSG_NOSIGNAL))
            guard count > 0 else { break }
            sent += count
        }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(client, &piece, piece.count, 0)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += piece[0..<count]
        }
    }
}

final class EchoHandler: HTTPHandler {
    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        switch request.path {
        case "/large": return respond(HTTPResponse(status: 200, body: [UInt8](repeating: 0x6C, count: 3_000_000)))
        case "/header": return respond(HTTPResponse(status: 200, headers: [("x-said", "one\r\ntwo: three")]))
        default: break
        }
        let signature = request.header("x-signature") ?? ""
        let body = String(decoding: request.body, as: UTF8.self)
        respond(.text(200, "\(request.method) \(request.path) \(request.query) \(signature) \(body)"))
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision {
        request.path == "/echo" ? .accept(EchoSocket()) : .refuse(status: 403)
    }
}

final class EchoSocket: WebSocketHandler {
    private var socket: WebSocket?

    func opened(_ socket: WebSocket) { self.socket = socket }
    func received(_ message: UnsafeRawBufferPointer, isText: Bool) { _ = socket?.send(message) }
    func closed(code: Int, reason: String) { socket = nil }
}
