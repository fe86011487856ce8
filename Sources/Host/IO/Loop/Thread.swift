import CLinux
import Glibc

/// Threads of our own, with a name that a debugger shows.
public enum Thread {
    private final class Body {
        let name: String
        let run: () -> Void
        init(_ name: String, _ run: @escaping () -> Void) { (self.name, self.run) = (name, run) }
    }

    /// Runs `body` on a new detached thread. Signals are left to the thread that waits for them.
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Body(name, body)).toOpaque()
        var thread = pthread_t()
        var blocked = sigset_t()
        var previous = sigset_t()
        sigfillset(&blocked)
        pthread_sigmask(SIG_SETMASK, &blocked, &previous)
        pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                clinux_name_thread(body.name)
                body.run()
                return nil
            },
            context
        )
        pthread_sigmask(SIG_SETMASK, &previous, nil)
        pthread_detach(thread)
    }
}
