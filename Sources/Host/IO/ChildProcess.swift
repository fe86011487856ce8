import CLinux
import Glibc

/// A program that this process starts and ends. For one thread at a time; what still runs when the object goes is killed.
public final class ChildProcess {
    private var pid: pid_t

    /// Starts a program with this process's environment.
    /// - Parameters:
    ///   - path: the program; not looked for on the PATH.
    ///   - arguments: the first one after the program's name.
    ///   - output: a file that standard output is appended to; nil: this process's own.
    ///   - joinsErrors: whether standard error goes there too.
    /// - Throws: `.unreachable` with the reason when it cannot be started.
    public init(
        _ path: String,
        _ arguments: [String] = [],
        output: String? = nil,
        joinsErrors: Bool = false
    ) throws(IOFailure) {
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output { posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600) }
        if joinsErrors { posix_spawn_file_actions_adddup2(&actions, 1, 2) }
        // Not every library marks its sockets as ours alone.
        clinux_close_from(&actions, 3)
        var started = pid_t()
        let code = posix_spawn(&started, path, &actions, nil, &words, environ)
        guard code == 0 else { throw .unreachable(path, reason: String(cString: strerror(code))) }
        pid = started
    }

    deinit { kill() }

    /// The process's number; 0 once it has ended.
    public var identifier: Int { Int(pid) }

    /// How it ended; nil while it runs. A process that was killed by a signal gives 128 and the signal.
    public func exitCode(within seconds: Double = 0) -> Int32? {
        guard pid > 0 else { return lastCode }
        var waited = 0.0
        while true {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                pid = 0
                lastCode = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
                return lastCode
            }
            guard waited < seconds else { return nil }
            usleep(10_000)
            waited += 0.01
        }
    }

    private var lastCode: Int32?

    /// Asks it to end (SIGTERM) and waits; kills it after `seconds`.
    public func stop(within seconds: Double = 15) {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGTERM)
        if exitCode(within: seconds) == nil { kill() }
    }

    /// Ends it at once (SIGKILL).
    public func kill() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGKILL)
        _ = exitCode(within: 5)
    }
}
