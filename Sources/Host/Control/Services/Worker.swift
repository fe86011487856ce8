import Core
import IO

/// A thread for what blocks: loading libraries, trying routes. One thing at a time.
struct Worker: Sendable {
    let loop: PollLoop

    init(name: String) throws(IOFailure) {
        loop = try PollLoop(name: name)
        loop.start()
    }

    func stop() { loop.stop() }

    /// Runs `body` on the thread and waits for it without holding one of the cooperative pool's.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws(Failure) -> Value) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            loop.perform {
                continuation.resume(returning: Result { () throws(Failure) in try body() })
            }
        }
        return try result.get()
    }
}
