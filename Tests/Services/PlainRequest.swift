import Glibc

/// One HTTP request on a connection of its own, without any of the code that is tested.
public enum PlainRequest {
    /// The status and the body as they came; nil if nobody answers within two seconds or `seconds`.
    public static func send(
        _ method: String,
        _ path: String,
        port: UInt16,
        headers: [String] = [],
        body: String = "",
        seconds: Int = 10
    ) -> (status: Int, body: String)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = ServerProcess.loopback(port)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { return nil }
        // HTTP/1.0: no chunks, and the end of the connection is the end of the answer.
        let head =
            ["\(method) \(path) HTTP/1.0", "host: 127.0.0.1", "content-length: \(body.utf8.count)"] + headers + [
                "", "",
            ]
        let bytes = Array((head.joined(separator: "\r\n") + body).utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return nil }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            answer += buffer.prefix(count)
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n"), let status = Int(text.dropFirst(9).prefix(3)) else {
            return nil
        }
        return (status, String(text[end.upperBound...]))
    }
}
