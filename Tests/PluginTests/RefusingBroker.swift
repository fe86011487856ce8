import Glibc
import Services

/// A Kafka broker that lets nobody in: it knows the three requests that come before everything else, and answers the last
/// one, the password, with SASL_AUTHENTICATION_FAILED. After the protocol guide of Apache Kafka.
///
/// Unchecked: the descriptor is constant.
final class RefusingBroker: @unchecked Sendable {
    let port: UInt16
    private let listener: Int32

    init() throws {
        port = try ServerProcess.freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = listener
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(descriptor, 8) == 0
            }
        }
        guard isBound else { throw ServiceFailure("no port for the broker") }
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { broker in
                if let broker { Unmanaged<RefusingBroker>.fromOpaque(broker).takeRetainedValue().serve() }
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        pthread_detach(thread)
    }

    /// One connection after the other, for as long as the process lives.
    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            while let request = Self.read(connection), let answer = Self.answer(request) {
                let whole = Self.number(UInt32(answer.count)) + answer
                guard send(connection, whole, whole.count, Int32(MSG_NOSIGNAL)) == whole.count else { break }
            }
            close(connection)
        }
    }

    private static func number(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    /// One request without its length; nil at the end.
    private static func read(_ connection: Int32) -> [UInt8]? {
        func bytes(_ count: Int) -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: count)
            return recv(connection, &buffer, count, Int32(MSG_WAITALL)) == count ? buffer : nil
        }
        guard let length = bytes(4) else { return nil }
        return bytes(Int(length.reduce(0) { $0 << 8 | UInt32($1) }))
    }

    private static func answer(_ request: [UInt8]) -> [UInt8]? {
        guard request.count > 8 else { return nil }
        let correlation = Array(request[4..<8])
        switch request[1] {
        case 18:
            // Versions, in the third one's compact form: SaslHandshake 0 to 1, ApiVersions 0 to 3, SaslAuthenticate 0.
            let known: [(UInt8, UInt8)] = [(17, 1), (18, 3), (36, 0)]
            let list = known.flatMap { [0, $0.0, 0, 0, 0, $0.1, 0] as [UInt8] }
            return correlation + [0, 0, UInt8(known.count) + 1] + list + [0, 0, 0, 0, 0]
        case 17: return correlation + [0, 0, 0, 0, 0, 1, 0, 5] + Array("PLAIN".utf8)
        case 36:
            let words = Array("Authentication failed".utf8)
            return correlation + [0, 58, 0, UInt8(words.count)] + words + [0, 0, 0, 0]
        default: return nil
        }
    }
}
