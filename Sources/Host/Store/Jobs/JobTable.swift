public import Core
import JSONKit

/// The jobs: durable, each key once, taken by one host at a time. What a change of a job brings about (events) is committed
/// with it, so that both are there or neither. Any thread.
public final class JobTable: Sendable {
    private let thread: StoreThread
    private let log: EventLog
    private let isShared: Bool

    init(thread: StoreThread, log: EventLog, isShared: Bool) {
        (self.thread, self.log, self.isShared) = (thread, log, isShared)
    }

    /// Queues those whose key is new; how many were. All or none.
    /// - Throws: `.overloaded` where more than `bound` would be queued.
    @discardableResult
    public func add(_ jobs: [Job], bound: Int) async throws(StoreError) -> Int {
        try await thread.ask { database throws(StoreError) in
            try database.transaction { () throws(StoreError) in
                var new: [Job] = []
                for job in jobs where try JobRows.find(database, job.id) == nil { new.append(job) }
                guard !new.isEmpty else { return 0 }
                let queued = try JobRows.count(database, .queued)
                guard queued + new.count <= bound else { throw .queueFull(waiting: queued) }
                var count = 0
                for job in new where try JobRows.insert(database, job) { count += 1 }
                return count
            }
        }
    }

    /// Gives out the jobs that are due, oldest first: queued ones, and running ones whose host has not been heard of.
    ///
    /// Jobs of one kind and subject run one after the other. `claim` gets each candidate and changes it; what it answers is
    /// appended to the log.
    public func claim(
        kinds: [String],
        at now: Timestamp,
        limit: Int,
        _ claim: @escaping @Sendable (inout Job) -> [Event]
    ) async throws(StoreError) -> [Job] {
        guard limit > 0, !kinds.isEmpty else { return [] }
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            // Most of the time there is nothing, and nothing to lock for.
            guard try JobRows.due(database, kinds: kinds, at: now) != nil else { return [] }
            var events: [Event] = []
            let claimed = try log.alongside(database) { () throws(StoreError) in
                if isShared { try JobRows.lockClaims(database) }
                var claimed: [Job] = []
                while claimed.count < limit, var job = try JobRows.due(database, kinds: kinds, at: now) {
                    let before = job
                    events += claim(&job)
                    guard job != before else { break }
                    try JobRows.update(database, job)
                    if job.state == .running { claimed.append(job) }
                }
                return (claimed, events)
            }
            return claimed
        }
    }

    /// Changes one job. `change` gets it as it is now and may refuse; the events that it answers are appended in the same
    /// commit. The job as it is then.
    /// - Throws: `.notFound`, and `.refused` with what `change` threw.
    public func change(
        _ id: String,
        _ change: @escaping @Sendable (inout Job) throws(Refusal) -> [Event]
    ) async throws(StoreError) -> Job {
        let (isShared, log) = (isShared, log)
        return try await thread.ask { database throws(StoreError) in
            try log.alongside(database) { () throws(StoreError) in
                guard var job = try JobRows.find(database, id, locked: isShared) else { throw .notFound("job \(id)") }
                let before = job
                let events: [Event]
                do throws(Refusal) { events = try change(&job) } catch { throw StoreError.refused(error.reason) }
                if job != before { try JobRows.update(database, job) }
                return (job, events)
            }
        }
    }

    public func get(_ id: String) async throws(StoreError) -> Job? {
        try await thread.ask { database throws(StoreError) in try JobRows.find(database, id) }
    }

    /// Newest first.
    public func list(
        kind: String? = nil,
        state: Job.State? = nil,
        subject: String? = nil,
        limit: Int = 100
    ) async throws(StoreError) -> [Job] {
        try await thread.ask { database throws(StoreError) in
            try JobRows.list(database, kind: kind, state: state, subject: subject, limit: limit)
        }
    }

    /// How many there are of each state.
    public func counts() async throws(StoreError) -> [Job.State: Int] {
        try await thread.ask { database throws(StoreError) in
            var counts: [Job.State: Int] = [:]
            for state in [Job.State.queued, .running, .failed] { counts[state] = try JobRows.count(database, state) }
            return counts
        }
    }

    /// Lets go of what a process that is gone was running here: nobody else can hold it. Only where no other host shares the
    /// table; there the leases end by themselves.
    public func release(at now: Timestamp) async throws(StoreError) {
        guard !isShared else { return }
        try await thread.ask { database throws(StoreError) in
            let update = try Statement(database, "UPDATE jobs SET due = ? WHERE state = 'running'")
            update.bind(1, now.unixMilliseconds)
            try update.run()
        }
    }

    /// Forgets everything about some subjects, whatever its state: what was understood of a recording so far is personal. What
    /// runs ends without effect. Their identifiers.
    @discardableResult
    public func erase(subjects: [String]) async throws(StoreError) -> [String] {
        try await thread.ask { database throws(StoreError) in
            let delete = try Statement(database, "DELETE FROM jobs WHERE subject = ? RETURNING id")
            var erased: [String] = []
            for subject in subjects {
                delete.bind(1, subject)
                while try delete.step() { erased.append(delete.text(0)) }
                delete.reset()
            }
            return erased
        }
    }

    /// Forgets jobs that were over before then; how many.
    @discardableResult
    public func forget(before time: Timestamp) async throws(StoreError) -> Int {
        try await thread.ask { database throws(StoreError) in
            let delete = try Statement(
                database,
                "DELETE FROM jobs WHERE state IN ('done', 'failed', 'cancelled') AND ended < ? RETURNING id"
            )
            delete.bind(1, time.unixMilliseconds)
            var count = 0
            while try delete.step() { count += 1 }
            return count
        }
    }
}
