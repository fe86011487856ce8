import Console
import Glibc

/// The host as an operator starts it, to be killed.
final class HostProcess {
    private let scene: Scene
    private var pid: pid_t = 0

    init(_ scene: Scene) { self.scene = scene }

    deinit { kill() }

    /// Starts it and returns when it answers.
    func start() throws {
        let deadline = Terminal.now + 30
        var isUp = false
        while !isUp {
            guard Terminal.now < deadline else {
                _ = system("tail -5 '\(scene.folder)/host.log' >&2")
                throw OutboxFailure("the host does not start")
            }
            if pid == 0 { try spawn() }
            usleep(5000)
            var status: Int32 = 0
            // A child of the killed one may hold the folder's lock for a moment.
            if waitpid(pid, &status, WNOHANG) == pid { pid = 0 }
            isUp = (try? ControlClient(scene.socket).call("system.info", seconds: 5)) != nil
        }
    }

    /// As a power cut does.
    func kill() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pid = 0
    }

    private func spawn() throws {
        let words = ["\(scene.libraries)/patchbay", "serve", "--config", "\(scene.folder)/patchbay.json"]
        var list: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var index = 0
        while let variable = environ[index] {
            variables.append(strdup(variable))
            index += 1
        }
        variables += [strdup("PATCHBAY_SECRET_CRM_WEBHOOK=\(CRMDesk.secret)"), nil]
        defer { for word in list + variables { free(word) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in [1, 2] {
            let path = "\(scene.folder)/host.log"
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        guard posix_spawn(&pid, words[0], &actions, nil, &list, variables) == 0 else {
            throw OutboxFailure("\(words[0]) cannot be started")
        }
    }
}
