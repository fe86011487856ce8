import Glibc
import JSONKit
import Synchronization

/// A real HTTP server that answers one request a connection with what the test wrote down, byte for byte.
final class ScriptedServer: @unchecked Sendable {
    // Unchecked: the descriptor is constant, the rest is behind the lock.
    enum Step: Sendable {
        /// One piece of the body: a chunk of its own, so that the client sees it by itself.
        case piece(String)
        /// Raw bytes of a piece, to cut characters in two.
        case bytes([UInt8])
        /// Closes the connection in the middle.
        case cut
        /// Waits until the client has gone.
        case hang
        /// Lets so many milliseconds pass, for a server that is slow.
        case pause(UInt32)
    }

    struct Reply: Sendable {
        var status = 200
        var headers = ["content-type: text/event-stream"]
        var steps: [Step]
    }

    struct Request: Sendable {
        let head: String
        /// Null where it is no JSON.
        let body: JSON
        /// The body as it came.
        var text = ""

        /// As in the request's first line.
        var path: String { head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    }

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var requests: [Request] = []
        var hungUp = 0
    }

    var requests: [Request] { state.withLock(\.requests) }
    /// Clients that left while the server was in the midst of an answer.
    var hungUp: Int { state.withLock(\.hungUp) }

    /// The same reply to every request.
    convenience init(_ reply: Reply) { self.init(script: { _ in reply }) }

    /// A reply that depends on the request.
    init(script reply: @escaping @Sendable (Request) -> Reply) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length)
                listen(listener, 128)
                getsockname(listener, generic, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Server(server: self, reply: reply)).toOpaque()
        pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let box = Unmanaged<Server>.fromOpaque(argument).takeRetainedValue()
                box.server.serve(box.reply)
                return nil
            },
            box
        )
        pthread_detach(thread)
    }

    private final class Server {
        let server: ScriptedServer
        let reply: @Sendable (Request) -> Reply
        init(server: ScriptedServer, reply: @escaping @Sendable (Request) -> Reply) {
            (self.server, self.reply) = (server, reply)
        }
    }

    /// Ends the thread once what is being answered is done.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ reply: (Request) -> Reply) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            answer(connection, reply)
            close(connection)
        }
        close(listener)
    }

    private func answer(_ connection: Int32, _ script: (Request) -> Reply) {
        guard let request = read(connection) else { return }
        state.withLock { $0.requests.append(request) }
        let reply = script(request)
        let lines =
            ["HTTP/1.1 \(reply.status) Whatever", "transfer-encoding: chunked", "connection: close"] + reply.headers
        send(connection, Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        for step in reply.steps {
            switch step {
            case .piece(let text): chunk(connection, Array(text.utf8))
            case .bytes(let bytes): chunk(connection, bytes)
            case .cut: return
            case .pause(let milliseconds): usleep(milliseconds * 1000)
            case .hang:
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
                state.withLock { $0.hungUp += 1 }
                return
            }
        }
        send(connection, Array("0\r\n\r\n".utf8))
    }

    private func chunk(_ connection: Int32, _ bytes: [UInt8]) {
        send(connection, Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    private func send(_ connection: Int32, _ bytes: [UInt8]) {
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func read(_ connection: Int32) -> Request? {
        var text: [UInt8] = []
        var (head, bodyStart, length) = ("", Int?.none, 0)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            text += buffer.prefix(count)
            if bodyStart == nil {
                guard let end = text.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
                bodyStart = end.upperBound
                head = String(decoding: text[..<end.lowerBound], as: UTF8.self)
                length =
                    head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }?
                    .split(separator: ":").last.flatMap { Int($0.drop { $0 == " " }) } ?? 0
            }
            guard let bodyStart, text.count - bodyStart >= length else { continue }
            let body = String(decoding: text[bodyStart...], as: UTF8.self)
            return Request(head: head, body: (try? JSON(parsing: body)) ?? .null, text: body)
        }
    }
}
