import Glibc

@testable import IO

/// A peer of our server that shares no code with it: plain bytes on a plain socket, every wait at most 5 s.
final class RawPeer {
    let descriptor: Int32

    init(port: Int, receiveBuffer: Int32 = 0) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var size = receiveBuffer
        if size > 0 { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(port).bigEndian)
        inet_pton(AF_INET, "127.0.0.1", &name.sin_addr)
        let isConnected = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw IOFailure.unreachable("the test server", reason: IOFailure.systemReason) }
    }

    deinit { Glibc.close(descriptor) }

    /// Opens a WebSocket; the server's answer to the upgrade.
    func upgrade(_ path: String) -> String {
        send(
            "GET \(path) HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        return receive(until: "\r\n\r\n")
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// One WebSocket frame, masked as a client's must be.
    func frame(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        if payload.count < 126 {
            bytes.append(0x80 | UInt8(payload.count))
        } else {
            bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        }
        let mask: [UInt8] = [1, 2, 3, 4]
        bytes += mask
        for (index, byte) in payload.enumerated() { bytes.append(byte ^ mask[index % 4]) }
        send(bytes)
    }

    /// The server's next frame: opcode and payload; nil at the end.
    func nextFrame() -> (opcode: UInt8, payload: [UInt8])? {
        guard let head = receive(2) else { return nil }
        var length = Int(head[1] & 127)
        if length == 126 {
            guard let more = receive(2) else { return nil }
            length = Int(more[0]) << 8 | Int(more[1])
        } else if length == 127 {
            guard let more = receive(8) else { return nil }
            length = more.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let payload = receive(length) else { return nil }
        return (head[0] & 15, payload)
    }

    /// Exactly so many bytes; nil where they do not come.
    func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress.map { $0 + have }, count - have, 0)
            }
            guard got > 0 else { return nil }
            have += got
        }
        return bytes
    }

    func receive(until end: String) -> String {
        var text: [UInt8] = []
        while let byte = receive(1) {
            text += byte
            if text.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
