import Glibc

/// A redis-server of its own, on a Unix socket in a temporary folder.
public final class RedisServer {
    public let folder: String
    private let options: [String]
    private var process: ServerProcess?

    public var socket: String { "\(folder)/redis.sock" }
    /// What `sessions.url` is set to.
    public var url: String { "unix:\(socket)" }

    /// - Parameter options: more words for the command line, as in `["--requirepass", "x"]`.
    /// - Throws: where it does not start within ten seconds.
    public init(_ options: [String] = []) throws {
        self.options = options
        folder = try ServerProcess.makeFolder()
        try start()
    }

    deinit {
        process?.kill()
        Shell.run("rm -rf '\(folder)'")
    }

    /// Starts it again, empty.
    public func start() throws {
        unlink(socket)
        let command = ["/usr/bin/redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder]
        process = try ServerProcess(command + ["--save", "", "--appendonly", "no"] + options, folder: folder)
        try ServerProcess.wait(seconds: 10, for: "redis-server") { access(socket, F_OK) == 0 }
    }

    public func kill() { process?.kill() }
    public func pause() { process?.pause() }
    public func resume() { process?.resume() }

    /// Runs a command with redis-cli; its output's lines.
    public func command(_ words: String...) -> [String] {
        let line = (["/usr/bin/redis-cli", "-s", socket, "--raw"] + words).map { "'\($0)'" }.joined(separator: " ")
        guard let pipe = popen("\(line) 2>&1", "r") else { return [] }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        while true {
            let byte = fgetc(pipe)
            guard byte != EOF else { break }
            bytes.append(UInt8(byte))
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
