import Core
import IO

/// Runs tasks on a thread of their own instead of Swift's pool.
final class LoopExecutor: TaskExecutor {
    private let loop: PollLoop

    init(name: String) throws(IOFailure) {
        loop = try PollLoop(name: name)
        loop.start()
    }

    deinit { loop.stop() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.perform { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
