public import Core
public import JSONKit
public import Store

/// What becomes of a job: a pure value, told what happens, that says what the log is to know of it. It has no clock and does
/// nothing; whoever drives it commits the job and the events together.
///
/// queued -> running -> done or failed; back to queued after a failure that may pass, or when its host stops; cancelled from
/// both. What is over begins anew, as another run, when somebody asks for it.
public struct JobMachine: ~Copyable {
    public enum Input: Sendable {
        /// Somebody wants to run it: it is due, or its host has not been heard of.
        case claimed(by: String)
        /// Its host lives.
        case beat(by: String)
        /// A part of it is done; `token` tells where the next try would go on.
        case advanced(by: String, done: Int64, total: Int64, token: JSON, shown: JobReport.Shown? = nil)
        /// It is done; `events` are its effects.
        case succeeded(by: String, result: JSON, events: [Event])
        case failed(by: String, JobFailure)
        /// Its host stops: no fault of the job's.
        case released(by: String)
        case cancelled
        /// Somebody wants it done now, also if it was done before.
        case wanted(input: JSON?)
    }

    public private(set) var job: Job
    private let manner: JobManner

    public init(_ job: Job, _ manner: JobManner) { (self.job, self.manner) = (job, manner) }

    /// The events to append.
    /// - Throws: where the job is not in a state for that: it was cancelled, or another host has it.
    public mutating func handle(_ input: Input, at now: Timestamp) throws(Refusal) -> [Event] {
        switch input {
        case .claimed(let owner): return try claim(owner, now)
        case .beat(let owner):
            try check(owner)
            job.due = now + manner.lease
        case .advanced(let owner, let done, let total, let token, let shown):
            try check(owner)
            if let shown { job.result = shown.result }
            if shown?.forgetsInput == true { job.input = [:] }
            // Tries are counted from where it stood still: a long job may outlive many hosts.
            if done > job.done { job.attempts = 1 }
            (job.done, job.total, job.token, job.due) = (done, total, token, now + manner.lease)
        case .succeeded(let owner, let result, let events):
            try check(owner)
            // Numbers and words that it was made of are nobody's business any more.
            (job.result, job.error, job.token, job.input) = (result, "", .null, [:])
            job.done = max(job.done, job.total)
            return events + [end(.done, .jobDone, now)]
        case .failed(let owner, let failure):
            try check(owner)
            return fail(failure, now)
        case .released(let owner):
            try check(owner)
            job.attempts = max(0, job.attempts - 1)
            rest(until: now)
        case .cancelled:
            guard !job.state.isOver else { throw Refusal("the job is \(job.state.rawValue) already") }
            return [end(.cancelled, .jobCancelled, now)]
        case .wanted(let input): want(input, now)
        }
        return []
    }

    private func check(_ owner: String) throws(Refusal) {
        guard job.state == .running else { throw Refusal("the job is \(job.state.rawValue)") }
        guard job.owner == owner else { throw Refusal("another host has taken the job over") }
    }

    private mutating func claim(_ owner: String, _ now: Timestamp) throws(Refusal) -> [Event] {
        guard !job.state.isOver, job.due <= now else { throw Refusal("the job is not due") }
        if job.state == .running {
            if job.owner == owner {
                // Our own: the clock has jumped, and nobody is to run it twice.
                job.due = now + manner.lease
                return []
            }
            // Whoever had it died with it. Should it be the job that kills, it ends at last.
            guard job.attempts < manner.tries else {
                job.error = "its host died at every one of \(job.attempts) tries"
                return [end(.failed, .jobFailed, now)]
            }
        }
        (job.state, job.owner, job.due) = (.running, owner, now + manner.lease)
        job.attempts += 1
        job.started = now
        return [event(.jobStarted, "started/\(job.attempts)/\(owner)", ["attempt": .int(job.attempts)], now)]
    }

    private mutating func fail(_ failure: JobFailure, _ now: Timestamp) -> [Event] {
        job.error = failure.message
        // Waits stop growing before the tries run out, and what dies with its host is still told from what waits.
        if failure.isPatient { job.attempts = min(job.attempts, max(1, manner.tries - 3)) }
        guard failure.isRetryable, job.attempts < manner.tries else { return [end(.failed, .jobFailed, now)] }
        rest(until: now + manner.wait(afterTries: job.attempts, of: job.id, atLeast: failure.retryAfter))
        return []
    }

    private mutating func rest(until time: Timestamp) { (job.state, job.owner, job.due) = (.queued, "", time) }

    private mutating func want(_ input: JSON?, _ now: Timestamp) {
        if let input { job.input = input }
        if job.state == .queued { job.due = min(job.due, now) }
        guard job.state.isOver else { return }
        // What failed or was cancelled goes on where it stopped; what was done is done anew.
        if job.state == .done { (job.token, job.done, job.total) = (.null, 0, 0) }
        job.run += 1
        (job.attempts, job.error, job.result) = (0, "", .null)
        (job.started, job.ended) = (nil, nil)
        rest(until: now)
    }

    private mutating func end(_ state: Job.State, _ topic: Topic, _ now: Timestamp) -> Event {
        (job.state, job.owner, job.ended) = (state, "", now)
        var data: JSONObject = ["attempts": .int(job.attempts)]
        if let started = job.started {
            let milliseconds = max(0, now.unixMilliseconds - started.unixMilliseconds)
            data["seconds"] = .double(Double(milliseconds) / 1000)
        }
        if state == .failed { data["error"] = .string(job.error) }
        return event(topic, state.rawValue, data, now)
    }

    private func event(_ topic: Topic, _ name: String, _ more: JSONObject, _ now: Timestamp) -> Event {
        var data: JSONObject = [
            "kind": .string(job.key.kind), "subject": .string(job.key.subject), "period": .string(job.key.period),
            "run": .int(job.run),
        ]
        for (name, value) in more { data[name] = value }
        return Event(topic, key: job.id, data: .object(data), id: job.eventID(name), at: now)
    }
}
