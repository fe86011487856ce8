import CLinux
import Core
import Glibc
import Synchronization

@testable import IO

/// A `LocalServer` in a folder of its own, and clients for it.
final class TestSocket: Sendable {
    let folder: String
    let loop: PollLoop
    let server: LocalServer
    let handler = LineEcho()

    init(limits: LocalServer.Limits = LocalServer.Limits()) throws {
        var template = Array("/tmp/patchbay-io-XXXXXX".utf8CString)
        folder = mkdtemp(&template).map { String(cString: $0) } ?? ""
        loop = try PollLoop(name: "test")
        server = try LocalServer(path: "\(folder)/socket", loop: loop, limits: limits, handler: handler)
        server.start()
        loop.start()
    }

    deinit {
        server.stop()
        loop.stop()
        unlink("\(folder)/socket.lock")
        rmdir(folder)
    }

    /// A connection whose reads give up after 5 s.
    func connect() throws -> Int32 {
        let client = clinux_connect_unix("\(folder)/socket")
        guard client >= 0 else { throw IOFailure.unreachable(folder, reason: IOFailure.systemReason) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return client
    }

    /// Sends everything; false where the server has closed.
    @discardableResult
    static func send(_ client: Int32, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.send(
                client,
                Array(bytes[sent...].prefix(1 << 16)),
                min(1 << 16, bytes.count - sent),
                Int32(MSG_NOSIGNAL)
            )
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Reads until `length` bytes are there, or the end.
    static func receive(_ client: Int32, _ length: Int = .max) -> String {
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while answer.count < length {
            let count = recv(client, &piece, min(piece.count, length - answer.count), 0)
            guard count > 0 else { break }
            answer += piece[0..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}

/// Answers each line with itself; "later N" after N ms, "flood N" with N kilobytes, "who" with the peer's user.
final class LineEcho: LocalHandler {
    let opened = Atomic<Int>(0)
    let closed = Atomic<Int>(0)
    let refused = Atomic<Int>(0)

    func opened(_ connection: LocalConnection) { opened.add(1, ordering: .relaxed) }
    func closed(_ connection: LocalConnection) { closed.add(1, ordering: .relaxed) }

    func overran(_ connection: LocalConnection, limit: Int) {
        connection.send { $0.append(contentsOf: "too long\n".utf8) }
    }

    func received(_ line: UnsafeRawBufferPointer, on connection: LocalConnection) {
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        switch (words.first, words.last.flatMap { Int($0) }) {
        case ("later", let delay?):
            connection.owe()
            connection.loop.schedule(after: .milliseconds(delay)) {
                connection.send { $0.append(contentsOf: "at last\n".utf8) }
                connection.settle()
            }
        case ("flood", let kilobytes?):
            let piece = [UInt8](repeating: 0x78, count: 1024)
            for _ in 0..<kilobytes where !connection.send({ $0.append(contentsOf: piece) }) {
                refused.add(1, ordering: .relaxed)
            }
        case ("who", _): connection.send { $0.append(contentsOf: "\(connection.peer.userID)\n".utf8) }
        default:
            connection.send {
                $0.append(contentsOf: line)
                $0.append(0x0A)
            }
        }
    }
}
