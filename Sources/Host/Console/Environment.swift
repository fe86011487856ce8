import Glibc

/// What the command line takes from the process around it.
struct Environment: Sendable {
    /// Given, or the first of the usual places where a socket is.
    var socket: String?
    var workingFolder: String
    /// Reads a file, or standard input for `-`.
    var read: @Sendable (String) throws(ConsoleFailure) -> [UInt8]
    /// Makes a file, or replaces one.
    var write: @Sendable (String, [UInt8]) throws(ConsoleFailure) -> Void = { path, bytes throws(ConsoleFailure) in
        guard let file = fopen(path, "w") else { throw .usage("\(path): \(String(cString: strerror(errno)))") }
        let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWritten else { throw .usage("\(path): \(String(cString: strerror(errno)))") }
    }

    static var process: Environment {
        Environment(
            socket: getenv("PATCHBAY_SOCKET").map { String(cString: $0) },
            workingFolder: folder(),
            read: { path throws(ConsoleFailure) in try content(of: path) }
        )
    }

    /// Where a host listens when nobody says otherwise: a checkout's state folder, then those of an installed host.
    static let usualSockets = ["state/control.sock", "/run/patchbay/control.sock", "/var/lib/patchbay/control.sock"]

    /// The socket to use when `--socket` is absent.
    var defaultSocket: String {
        if let socket, !socket.isEmpty { return socket }
        return Self.usualSockets.first { access($0, F_OK) == 0 } ?? Self.usualSockets[0]
    }

    /// An absolute path without `.` and `..`.
    func absolute(_ path: String) -> String {
        let start = path.hasPrefix("/") ? "" : workingFolder
        var parts: [Substring] = []
        for part in "\(start)/\(path)".split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static func folder() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    private static func content(of path: String) throws(ConsoleFailure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .usage("\(path): \(String(cString: strerror(errno)))") }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw .usage("\(path): \(String(cString: strerror(errno)))") }
            guard count > 0 else { return content }
            content += piece[0..<count]
        }
    }
}
