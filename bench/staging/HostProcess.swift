import Console
public import Glibc

/// The host as an operator starts it, to be killed.
public final class HostProcess {
    private let folder: String
    private let command: [String]
    private let socket: String
    private let secrets: [String: String]
    public private(set) var pid: pid_t = 0

    /// - Parameters:
    ///   - folder: has `patchbay.json`, and gets `host.log`.
    ///   - libraries: where the program and the plugins are.
    ///   - socket: the control plane's.
    ///   - secrets: by their names, in small letters.
    ///   - core: the only one that it may run on; nil: all.
    public init(_ folder: String, libraries: String, socket: String, secrets: [String: String], core: Int? = nil) {
        (self.folder, self.socket, self.secrets) = (folder, socket, secrets)
        let serve = ["\(libraries)/patchbay", "serve", "--config", "\(folder)/patchbay.json"]
        command = core.map { ["/usr/bin/taskset", "-c", "\($0)"] + serve } ?? serve
    }

    deinit { kill() }

    /// Starts it and returns when it answers.
    public func start() throws {
        let deadline = Terminal.now + 30
        var isUp = false
        while !isUp {
            guard Terminal.now < deadline else {
                _ = system("tail -5 '\(folder)/host.log' >&2")
                throw BenchFailure("the host does not start")
            }
            if pid == 0 { try spawn() }
            usleep(5000)
            var status: Int32 = 0
            // A child of the killed one may hold the folder's lock for a moment.
            if waitpid(pid, &status, WNOHANG) == pid { pid = 0 }
            isUp = (try? ControlClient(socket).call("system.info", seconds: 5)) != nil
        }
    }

    /// As a power cut does.
    public func kill() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pid = 0
    }

    private func spawn() throws {
        var list: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var index = 0
        while let variable = environ[index] {
            variables.append(strdup(variable))
            index += 1
        }
        for (name, value) in secrets { variables.append(strdup("PATCHBAY_SECRET_\(name.uppercased())=\(value)")) }
        variables.append(nil)
        defer { for word in list + variables { free(word) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in [1, 2] {
            let path = "\(folder)/host.log"
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        guard posix_spawn(&pid, command[0], &actions, nil, &list, variables) == 0 else {
            throw BenchFailure("\(command[0]) cannot be started")
        }
    }
}
