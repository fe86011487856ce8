import Glibc
import Services
import Staging
import Synchronization

/// The way from the host to a service: carries bytes both ways, late if told so. Two threads for each connection.
final class SlowLine: Sendable {
    enum Place {
        case port(UInt16)
        case path(String)
    }

    private let entrance: Place
    private let service: Place
    /// -1 while nobody listens: the host is refused, as by a service that is not there.
    private let listener = Mutex<Int32>(-1)
    private let delay = Atomic<UInt32>(0)

    /// Listens at `entrance` from now on.
    init(_ entrance: Place, to service: Place) throws {
        (self.entrance, self.service) = (entrance, service)
        try open()
        Thread.start { [self] in while true { accept() } }
    }

    /// Every piece comes so much later, each way.
    func wait(milliseconds: Int) { delay.store(UInt32(milliseconds) * 1000, ordering: .relaxed) }

    func open() throws {
        if case .path(let path) = entrance { unlink(path) }
        let descriptor = Self.socket(entrance) { bind($0, $1, $2) == 0 && listen($0, 64) == 0 }
        guard let descriptor else { throw BenchFailure("no line at \(entrance)") }
        chmod(entrance)
        listener.withLock { $0 = descriptor }
    }

    func close() {
        let descriptor = listener.withLock { listener in
            defer { listener = -1 }
            return listener
        }
        guard descriptor >= 0 else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    // MARK: Connections

    /// Waits a moment for one.
    private func accept() {
        let descriptor = listener.withLock { $0 }
        var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard descriptor >= 0, poll(&file, 1, 50) == 1 else {
            usleep(5000)
            return
        }
        let host = Glibc.accept(descriptor, nil, nil)
        guard host >= 0 else { return }
        guard let far = Self.socket(service, { connect($0, $1, $2) == 0 }) else {
            Glibc.close(host)
            return
        }
        let line = Connection(host, far)
        Thread.start { self.carry(from: host, to: far, line) }
        Thread.start { self.carry(from: far, to: host, line) }
    }

    /// Closed when both ways have ended.
    private final class Connection: Sendable {
        private let ends = Atomic<Int>(2)
        private let files: [Int32]

        init(_ host: Int32, _ far: Int32) { files = [host, far] }

        func ended() {
            for file in files { shutdown(file, Int32(SHUT_RDWR)) }
            if ends.subtract(1, ordering: .relaxed).newValue == 0 { for file in files { Glibc.close(file) } }
        }
    }

    private func carry(from source: Int32, to target: Int32, _ connection: Connection) {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            usleep(delay.load(ordering: .relaxed))
            var sent = 0
            while sent < count {
                let written = bytes.withUnsafeBytes {
                    send(target, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return connection.ended() }
                sent += written
            }
        }
        connection.ended()
    }

    // MARK: Sockets

    private func chmod(_ place: Place) { if case .path(let path) = place { Glibc.chmod(path, 0o777) } }

    /// A socket for which `body` succeeds with the place's address.
    private static func socket(
        _ place: Place,
        _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Int32? {
        let descriptor: Int32
        let isDone: Bool
        var yes: Int32 = 1
        switch place {
        case .port(let port):
            descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = port.bigEndian
            isDone = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .path(let path):
            descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
            isDone = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        if isDone { return descriptor }
        Glibc.close(descriptor)
        return nil
    }
}
