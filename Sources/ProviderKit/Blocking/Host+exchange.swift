import Glibc
public import PluginKit

extension Host {
    /// Makes a request and waits for its answer, on a worker. The wait is no longer than the request's whole time.
    /// - Throws: what may be tried again, if no answer came; `.malformed` if it is longer than `limit` bytes.
    public func exchange(_ request: HTTPRequest, limit: Int = 64 << 20) throws(PluginProblem) -> HTTPAnswer {
        let waiting = WaitingAnswer(limit: limit)
        let number = try send(request, to: waiting)
        // The host keeps the time itself; this is for a host that does not.
        guard waiting.wait(milliseconds: request.totalMilliseconds + 5000) else {
            cancel(number)
            throw PluginProblem(.timeout, "\(request.method) \(request.url): no answer")
        }
        return try waiting.result()
    }
}

/// Collects an answer on the host's loop, for a worker that waits for it.
///
/// Unchecked: the state is guarded by the mutex.
private final class WaitingAnswer: HTTPReceiver, @unchecked Sendable {
    private let limit: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var answer = HTTPAnswer()
    private var problem: PluginProblem?
    private var isDone = false

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The time of day may be set while somebody waits.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    func head(status: Int, headers: [(name: String, value: String)]) {
        locked { (answer.status, answer.headers) = (status, headers) }
    }

    func body(_ bytes: UnsafeRawBufferPointer) {
        locked {
            if answer.body.count + bytes.count > limit {
                problem = PluginProblem(.malformed, "an answer of more than \(limit) bytes")
            } else {
                answer.body += bytes
            }
        }
    }

    func done(_ problem: PluginProblem?) {
        locked {
            // A line that broke in the midst of an answer is nonsense to the client; to us it is a reason to ask again.
            if let problem, problem.reason == .malformed {
                self.problem = PluginProblem(.unavailable, problem.text)
            } else if let problem {
                self.problem = problem
            }
            isDone = true
            pthread_cond_signal(condition)
        }
    }

    func wait(milliseconds: Int) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        deadline.tv_sec += milliseconds / 1000 + 1
        return locked {
            while !isDone, pthread_cond_timedwait(condition, mutex, &deadline) == 0 {}
            return isDone
        }
    }

    func result() throws(PluginProblem) -> HTTPAnswer {
        let (answer, problem) = locked { (self.answer, self.problem) }
        if let problem { throw problem }
        return answer
    }
}
