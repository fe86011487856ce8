import CLinux
import Glibc
public import JSONKit

/// One connection to a host's control socket. Blocking; for one thread at a time.
public final class ControlClient {
    private let descriptor: Int32
    private let path: String
    private var buffer: [UInt8] = []
    private var pending: [JSON] = []
    private var lastID: Int64 = 0

    /// Connects to the socket at `path`.
    public init(_ path: String) throws(ConsoleFailure) {
        self.path = path
        descriptor = clinux_connect_unix(path)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw .unreachable(
                "no host answers at \(path) (\(reason)); start one with `patchbay serve`, or give --socket"
            )
        }
    }

    deinit { close(descriptor) }

    /// Sends a request and waits for its answer; notifications that come meanwhile are kept for `next`.
    /// `seconds` bounds the wait.
    public func call(_ method: String, _ params: JSON = [:], seconds: Double = 30) throws(ConsoleFailure) -> JSON {
        lastID += 1
        let id = JSON.int(lastID)
        try send(["jsonrpc": "2.0", "id": id, "method": .string(method), "params": params])
        let deadline = Self.now + seconds
        while let message = try receive(until: deadline) {
            guard message["id"] == id else {
                pending.append(message)
                continue
            }
            if let result = message["result"] { return result }
            let error = message["error"] ?? [:]
            throw .refused(
                code: Int(error["code"]?.int ?? -32603),
                message: error["message"]?.string ?? "the host gave no reason",
                data: error["data"] ?? .null
            )
        }
        throw .timedOut(method)
    }

    /// The next notification; nil when none comes within `seconds`.
    public func next(seconds: Double) throws(ConsoleFailure) -> JSON? {
        if !pending.isEmpty { return pending.removeFirst() }
        return try receive(until: Self.now + seconds)
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func send(_ message: JSON) throws(ConsoleFailure) {
        var bytes: [UInt8] = []
        message.write(into: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        var sent = 0
        while sent < bytes.count {
            let rest = Array(bytes[sent...])
            let count = Glibc.send(descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { throw .unreachable("the host closed \(path)") }
            sent += count
        }
    }

    private func receive(until deadline: Double) throws(ConsoleFailure) -> JSON? {
        while true {
            if let newline = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<newline], as: UTF8.self)
                buffer.removeSubrange(...newline)
                do { return try JSON(parsing: line) } catch { throw .unreachable("\(path) answers no JSON: \(error)") }
            }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(clamping: Int64(max(0, deadline - Self.now) * 1000))
            guard poll(&wanted, 1, milliseconds) > 0 else { return nil }
            var piece = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { throw .unreachable("the host closed \(path)") }
            buffer += piece[0..<count]
        }
    }
}
