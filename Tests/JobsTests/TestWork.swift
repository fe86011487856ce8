import Core
import JSONKit
import Store
import Synchronization

@testable import Jobs

/// Work that does nothing but note what it was asked for.
final class TestWork: JobWork {
    let kind = "test"
    /// The subjects, one for each try.
    let tries = Mutex<[String]>([])
    let tokens = Mutex<[JSON]>([])
    /// Tries that were told to end.
    let cancellations = Mutex(0)
    private let failures: Mutex<Int>
    private let holds: Bool
    private let waiting = Mutex<[CheckedContinuation<Bool, Never>]>([])

    /// - Parameters:
    ///   - fails: how many tries come to nothing, each after one piece.
    ///   - holds: tries wait for `letGo`.
    init(fails: Int = 0, holds: Bool = false) {
        failures = Mutex(fails)
        self.holds = holds
    }

    func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        Job.Key(kind, subject, period: period)
    }

    func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        tokens.withLock { $0.append(job.token) }
        if holds {
            let isStopping = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    waiting.withLock { $0.append(continuation) }
                    tries.withLock { $0.append(job.key.subject) }
                }
            } onCancel: {
                cancellations.withLock { $0 += 1 }
            }
            if isStopping { throw .stopped("the host stops") }
        } else {
            tries.withLock { $0.append(job.key.subject) }
        }
        let mustFail = failures.withLock { failures in
            defer { failures = max(0, failures - 1) }
            return failures > 0
        }
        if mustFail {
            try await report.advanced(1, of: 2, token: ["piece": 1])
            throw JobFailure("away", isRetryable: true)
        }
        let event = Event(.callReviewed, key: job.key.subject, id: job.eventID("call.reviewed"))
        return JobOutcome(["ok": true], events: [event])
    }

    /// Lets the tries under way go on.
    func letGo(stopping: Bool = false) {
        let all = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for continuation in all { continuation.resume(returning: stopping) }
    }
}
