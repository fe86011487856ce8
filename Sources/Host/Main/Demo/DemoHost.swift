import Console
import Core
import Glibc
import JSONKit

/// The host as a process of its own, as an operator runs it.
final class DemoHost {
    let folder: DemoFolder
    private var pid: pid_t = 0

    /// Starts the host and waits until it answers.
    init(_ folder: DemoFolder) throws(DemoFailure) {
        self.folder = folder
        setenv("PATCHBAY_SECRET_TWILIO_AUTH_TOKEN", folder.authToken, 1)
        let binary = "/proc/self/exe"
        var arguments: [UnsafeMutablePointer<CChar>?] = [
            strdup("patchbay"), strdup("serve"), strdup("--config"), strdup(folder.configurationPath), nil,
        ]
        defer { for argument in arguments { free(argument) } }
        // Its greeting belongs in a file: standard output is the conversation's.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder.path)/host.out", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawn(&pid, binary, &actions, nil, &arguments, environ) == 0 else {
            throw DemoFailure("the host could not be started: \(Files.lastError())")
        }
        try waitUntilReady()
    }

    deinit { stop() }

    /// Lets the host drain and waits for its end.
    func stop() {
        guard pid > 0 else { return }
        kill(pid, SIGTERM)
        for _ in 0..<300 {
            if waitpid(pid, nil, WNOHANG) == pid {
                pid = 0
                return
            }
            usleep(50_000)
        }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        pid = 0
    }

    func client() throws(DemoFailure) -> ControlClient {
        do { return try ControlClient(folder.socket) } catch { throw DemoFailure("\(error)") }
    }

    private func waitUntilReady() throws(DemoFailure) {
        for _ in 0..<300 {
            if let client = try? ControlClient(folder.socket),
                let health = try? client.call("system.health", seconds: 2)
            {
                guard health["status"]?.string == "ok" else { throw DemoFailure("the host is not ready: \(health)") }
                return
            }
            guard waitpid(pid, nil, WNOHANG) == 0 else {
                pid = 0
                throw DemoFailure("the host ended at once; what it said stands above")
            }
            usleep(50_000)
        }
        throw DemoFailure("the host was not ready within 15 s")
    }
}
