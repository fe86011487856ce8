import Glibc
import IO
import Synchronization

/// The end of the process, as an operator asks for it.
enum Termination {
    /// Returns at the first SIGTERM or SIGINT; the second one ends the process at once.
    static func wait() async {
        guard let loop = try? PollLoop(name: "signals") else { return }
        loop.start()
        let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)
        await withCheckedContinuation { continuation in
            waiting.withLock { $0 = continuation }
            do throws(IOFailure) {
                try Signals.watch(on: loop) { _ in
                    let first = waiting.withLock { waiting in
                        defer { waiting = nil }
                        return waiting
                    }
                    // A second one means it: do not wait for callers.
                    guard let first else { exit(130) }
                    first.resume()
                }
            } catch {
                waiting.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }
}
