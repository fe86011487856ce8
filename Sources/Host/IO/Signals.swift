import CLinux
import Glibc

/// SIGTERM and SIGINT as calls on a loop.
public enum Signals {
    /// Keeps both signals, and SIGPIPE, from ending the process. Before any thread is started: threads inherit it.
    public static func block() {
        var set = termination()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Calls `handler` on the loop for every SIGTERM and SIGINT, until the process ends. After `block`.
    public static func watch(
        on loop: PollLoop,
        _ handler: @escaping @Sendable (Int32) -> Void
    ) throws(IOFailure) {
        var set = termination()
        let descriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC))
        guard descriptor >= 0 else { throw .exhausted("a descriptor for signals: \(IOFailure.systemReason)") }
        loop.perform {
            loop.watch(descriptor, for: EPOLLIN.rawValue) { _ in
                var info = signalfd_siginfo()
                while read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) > 0 {
                    handler(Int32(bitPattern: info.ssi_signo))
                }
            }
        }
    }

    private static func termination() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }
}
