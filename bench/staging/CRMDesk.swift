import Glibc
import JSONKit
public import Synchronization

/// A CRM that takes signed webhooks over real HTTP and notes which it got, and how often.
public final class CRMDesk: Sendable {
    /// How often each event came, by the identifier that the far side recognises it by.
    public let taken = Mutex<[String: Int]>([:])
    /// The number of each fact, by the event's identifier; -1: it has none.
    public let numbers = Mutex<[String: Int]>([:])
    /// Requests whose signature or body was not as it should be.
    public let strange = Mutex<[String]>([])
    private let listener: Int32
    private let port: UInt16
    /// One line for each record that was taken: what outlives this process.
    private let journal: Int32

    public static let secret = "whsec_b3V0Ym94LWJlbmNoLXNlY3JldC1vZi0zMi1ieXRlcyE="
    public var url: String { "http://127.0.0.1:\(port)/hooks" }

    /// `port` 0: any that is free. `journal` is a file to which the identifier of each record is written.
    public init(port: UInt16 = 0, journal: String? = nil) throws {
        self.journal = journal.map { open($0, O_WRONLY | O_CREAT | O_APPEND, 0o600) } ?? -1
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (descriptor, size) = (listener, length)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, size) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isBound else { throw BenchFailure("no port for the CRM") }
        self.port = UInt16(bigEndian: address.sin_port)
        Thread.start { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.start { self.serve(connection) }
            }
        }
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            while let end = Self.end(of: bytes) {
                let head = String(decoding: bytes[..<end], as: UTF8.self)
                guard let size = Int(Self.header("content-length", head) ?? "0") else { return }
                guard bytes.count >= end + 4 + size else { break }
                take(head, Array(bytes[(end + 4)..<(end + 4 + size)]))
                bytes.removeFirst(end + 4 + size)
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
                guard send(connection, answer, answer.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else { return }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            bytes += chunk[..<count]
        }
    }

    private static func end(of bytes: [UInt8]) -> Int? {
        let mark: [UInt8] = [13, 10, 13, 10]
        return bytes.indices.dropLast(3).first { bytes[$0] == 13 && Array(bytes[$0..<($0 + 4)]) == mark }
    }

    private static func header(_ name: String, _ head: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name else { continue }
            return String(parts[1].drop { $0 == " " })
        }
        return nil
    }

    private func take(_ head: String, _ body: [UInt8]) {
        let id = Self.header("webhook-id", head) ?? ""
        guard Self.header("webhook-signature", head)?.hasPrefix("v1,") == true,
            let json = body.withUnsafeBytes({ try? JSON(parsing: $0) })
        else { return strange.withLock { $0.append(head) } }
        taken.withLock { $0[id, default: 0] += 1 }
        numbers.withLock { $0[id] = Int(json["data"]?["number"]?.int ?? -1) }
        if journal >= 0 {
            let line = id + "\n"
            _ = write(journal, line, line.utf8.count)
        }
    }
}
