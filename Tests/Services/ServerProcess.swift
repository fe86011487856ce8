public import Glibc

/// A server as a child process, which never outlives the tests: a shell beside it waits for our end of a pipe to close, and
/// if that happens without a word, removes the server's folder, too.
///
/// Unchecked: used by one test at a time.
public final class ServerProcess: @unchecked Sendable {
    /// Of the server itself.
    public private(set) var pid: pid_t = 0
    private var guardian: pid_t = 0
    private var pipe: Int32 = -1

    /// Starts a command in a folder of its own, where its output goes to `out.log`.
    public init(_ command: [String], folder: String) throws {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw ServiceFailure("no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let note = "\(folder)/process"
        _ = unlink(note)
        let script = """
            folder=$1; shift
            "$@" >> "$folder/out.log" 2>&1 &
            echo $! > "$folder/new"; mv "$folder/new" "$folder/process"
            read word; kill -9 $!; wait; [ -n "$word" ] || rm -rf "$folder"
            """
        let arguments = ["/bin/sh", "-c", script, "guardian", folder] + command
        var list: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for argument in list { free(argument) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        Shell.keepToOurselves(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let code = posix_spawn(&guardian, "/bin/sh", &actions, nil, &list, environ)
        close(ends[0])
        pipe = ends[1]
        guard code == 0 else { throw ServiceFailure("cannot start \(command[0])") }
        try Self.wait(seconds: 5, for: "the process of \(command[0])") { access(note, R_OK) == 0 }
        guard let file = fopen(note, "r") else { throw ServiceFailure("no \(note)") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, 32, file)
        pid = pid_t(atoi(line))
    }

    deinit { stop() }

    /// Whether it has not ended yet.
    public var isRunning: Bool {
        guard pid > 0, let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        fgets(&line, 512, file)
        let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return text.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    /// Stops it where it stands, as a machine does that swaps.
    public func pause() { if pid > 0 { Glibc.kill(pid, SIGSTOP) } }

    /// Lets it go on.
    public func resume() { if pid > 0 { Glibc.kill(pid, SIGCONT) } }

    /// Ends it as a power cut does, and waits until it is gone.
    public func kill() {
        if pid > 0 { Glibc.kill(pid, SIGKILL) }
        finish()
    }

    /// Asks it to end, for ten seconds at most.
    public func stop() {
        if pid > 0 {
            resume()
            Glibc.kill(pid, SIGTERM)
            try? Self.wait(seconds: 10, for: "its end") { !isRunning }
        }
        finish()
    }

    private func finish() {
        guard guardian > 0 else { return }
        _ = write(pipe, "keep\n", 5)
        close(pipe)
        var status: Int32 = 0
        while waitpid(guardian, &status, 0) == -1, errno == EINTR {}
        (guardian, pid, pipe) = (0, 0, -1)
    }

    // MARK: Around servers

    /// A folder of its own for a server; its maker removes it.
    public static func makeFolder() throws -> String {
        var template = Array("/tmp/patchbay-service-XXXXXX".utf8CString)
        guard let folder = mkdtemp(&template) else { throw ServiceFailure("no temporary folder") }
        return String(cString: folder)
    }

    /// A port that nobody listened on a moment ago.
    public static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard code == 0 else { throw ServiceFailure("no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    /// Asks again and again, until it is so.
    public static func wait(seconds: Int, for what: String, until isSo: () -> Bool) throws {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let end = now.tv_sec + seconds
        while !isSo() {
            clock_gettime(CLOCK_MONOTONIC, &now)
            guard now.tv_sec < end else { throw ServiceFailure("waited \(seconds) s in vain for \(what)") }
            usleep(10_000)
        }
    }
}
