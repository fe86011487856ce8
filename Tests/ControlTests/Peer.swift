import CLinux
import Glibc
import JSONKit
import Testing

/// A client that can also say what a well-behaved one never would. Blocking; every wait ends after ten seconds.
final class Peer {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ path: String) throws {
        descriptor = clinux_connect_unix(path)
        try #require(descriptor >= 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends bytes as they are; false where the host has closed.
    @discardableResult
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let rest = bytes[sent...]
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// The next line; nil at the end of the connection or when none comes.
    func line() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            buffer += piece[0..<count]
        }
    }

    func json() throws -> JSON { try JSON(parsing: try #require(line())) }

    /// One line out, one line back.
    func ask(_ text: String) throws -> JSON {
        send(text + "\n")
        return try json()
    }

    /// A request by method, and the whole response.
    func call(_ method: String, _ parameters: JSON = [:]) throws -> JSON {
        try ask((["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": parameters] as JSON).description)
    }

    /// Says that nothing more will come.
    func end() { shutdown(descriptor, Int32(SHUT_WR)) }
}
