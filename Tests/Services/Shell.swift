import CLinux
import Glibc

/// Commands of the shell. Unlike with `system` they have none of our descriptors: PostgreSQL counts the numbers that are
/// taken, and with some thousands it does not start.
enum Shell {
    /// Runs a command and waits for it; its exit code.
    @discardableResult
    static func run(_ command: String) -> Int32 {
        let arguments = ["/bin/sh", "-c", command]
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        keepToOurselves(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var (child, status) = (pid_t(), Int32(-1))
        guard posix_spawn(&child, "/bin/sh", &actions, nil, &words, environ) == 0 else { return -1 }
        while waitpid(child, &status, 0) == -1, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
    }

    /// What is spawned with these actions gets no descriptors but the first three.
    static func keepToOurselves(_ actions: inout posix_spawn_file_actions_t) { clinux_close_from(&actions, 3) }
}
