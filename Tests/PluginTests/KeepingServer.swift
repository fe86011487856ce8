import Glibc
import Synchronization

/// An HTTP server that keeps connections open after a GET, and drops them, without an answer, after it has read a POST.
final class KeepingServer: @unchecked Sendable {
    // Unchecked: the descriptor is constant, the rest is atomic.
    let port: UInt16
    private let listener: Int32
    private let read = Atomic(0)

    /// How many POSTs it has read.
    var posts: Int { read.load(ordering: .sequentiallyConsistent) }

    init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length)
                listen(listener, 16)
                getsockname(listener, generic, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread,
            nil,
            { argument in
                argument.map { Unmanaged<KeepingServer>.fromOpaque($0).takeRetainedValue() }?.serve()
                return nil
            },
            box
        )
        pthread_detach(thread)
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            while answer(connection) {}
            close(connection)
        }
        close(listener)
    }

    /// False: the connection is to be closed.
    private func answer(_ connection: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        if buffer.starts(with: Array("POST".utf8)) {
            read.add(1, ordering: .sequentiallyConsistent)
            return false
        }
        let body = #"{"calls":[],"next_page_uri":null}"#
        let text =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        return Glibc.send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL)) > 0
    }
}
