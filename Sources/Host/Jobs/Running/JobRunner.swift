public import Core
public import JSONKit
public import Store
import Synchronization

/// Runs jobs: takes what is due, drives each through its machine, says that this host lives, and ends what nobody wants any
/// more. At most `settings.running` at once. Any thread.
public final class JobRunner: Sendable {
    private struct State {
        var running: [String: Task<Void, Never>] = [:]
        var loop: Task<Void, Never>?
        var wake: AsyncStream<Void>.Continuation?
        var nextBeat = Moment.now()
        var nextSweep = Moment.now()
    }

    /// By kind.
    public let works: [String: any JobWork]
    let table: JobTable
    let settings: JobSettings
    /// This process; another one of the same host is somebody else.
    let owner: String
    let now: @Sendable () -> Timestamp
    private let schedule: DailySchedule?
    private let log: EventLog
    private let figures = JobFigures()
    private let state = Mutex(State())

    /// `host` is what `job.list` calls this host; `now` the clock that jobs are due by, driven in tests.
    public init(
        _ store: Store,
        _ works: [any JobWork],
        settings: JobSettings = JobSettings(),
        schedule: DailySchedule? = nil,
        host: String,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        var byKind: [String: any JobWork] = [:]
        for work in works { byKind[work.kind] = work }
        (self.works, table, self.settings, self.now) = (byKind, store.jobs, settings, now)
        (self.schedule, log) = (schedule, store.log)
        owner = "\(host)#\(EventID.make().rawValue.suffix(10))"
    }

    // MARK: Wanting

    /// Queues jobs that are not known yet; how many.
    /// - Throws: `.queueFull`.
    @discardableResult
    public func add(_ keys: [(key: Job.Key, input: JSON)]) async throws(StoreError) -> Int {
        let now = now()
        let jobs = keys.map { Job($0.key, input: $0.input, due: now, made: now) }
        let count = try await table.add(jobs, bound: settings.queue)
        wake()
        return count
    }

    /// Has a job done by hand: a new one, an old one once more, one that waits at once.
    public func want(_ key: Job.Key, input: JSON? = nil) async throws(StoreError) -> Job {
        let (now, manner) = (now(), settings.manner)
        let new = Job(key, input: input ?? [:], due: now, made: now)
        if try await table.add([new], bound: settings.queue) == 0 {
            let job = try await table.change(key.id) { job throws(Refusal) in
                try job.handle(.wanted(input: input), manner, at: now)
            }
            wake()
            return job
        }
        wake()
        guard let job = try await table.get(key.id) else { throw .notFound("job \(key.id)") }
        return job
    }

    /// Ends a job that is not over.
    public func cancel(_ id: String) async throws(StoreError) -> Job {
        let (now, manner) = (now(), settings.manner)
        let job = try await table.change(id) { job throws(Refusal) in try job.handle(.cancelled, manner, at: now) }
        state.withLock { $0.running[id] }?.cancel()
        return job
    }

    // MARK: Running

    public func start() {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            guard state.loop == nil else { return }
            state.wake = wake
            state.loop = Task { await self.run(wakes, wake) }
        }
    }

    /// Takes nothing more, ends what runs within `limit` and lets it go for the next start or another host.
    public func stop(within limit: Duration = .seconds(5)) async {
        let (loop, running) = state.withLock { state in
            defer { (state.loop, state.wake) = (nil, nil) }
            state.wake?.finish()
            return (state.loop, state.running)
        }
        loop?.cancel()
        await loop?.value
        for task in running.values { task.cancel() }
        let end = Moment.now() + limit
        while !state.withLock({ $0.running.isEmpty }), Moment.now() < end {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private func wake() { _ = state.withLock { $0.wake }?.yield() }

    private func run(_ wakes: AsyncStream<Void>, _ wake: AsyncStream<Void>.Continuation) async {
        var iterator = wakes.makeAsyncIterator()
        var isFirst = true
        while !Task.isCancelled {
            do throws(StoreError) {
                if isFirst { try await table.release(at: now()) }
                isFirst = false
                try await plan()
                try await round()
                try await sweep()
                figures.show(try await table.counts())
            } catch {
                Log("jobs").error("the store refuses", ["reason": .string("\(error)")])
            }
            let clock = Task { if (try? await Task.sleep(for: .seconds(1))) != nil { wake.yield() } }
            await iterator.next()
            clock.cancel()
        }
    }

    /// Queues what the schedule says, each day once whatever hosts there are.
    func plan() async throws(StoreError) {
        let now = now()
        guard let schedule, schedule.mayBeDue(at: now) else { return }
        // Nothing is known yet: nothing to sum up.
        guard let first = try await log.read(after: 0, limit: 1).first else { return }
        try await add(schedule.due(at: now, since: first.event.at).map { (DailyWork.key($0), [:]) })
        schedule.told(at: now)
    }

    /// Forgets old jobs, once an hour.
    private func sweep() async throws(StoreError) {
        guard state.withLock({ $0.nextSweep <= .now() }) else { return }
        state.withLock { $0.nextSweep = .now() + .seconds(3600) }
        let time = now().unixMilliseconds - settings.keep.wholeMilliseconds
        try await table.forget(before: Timestamp(unixMilliseconds: time))
    }

    /// Says that this host lives, and starts what is due as far as there is room.
    public func round() async throws(StoreError) {
        if state.withLock({ $0.nextBeat <= .now() }) {
            state.withLock { $0.nextBeat = .now() + settings.manner.lease / 3 }
            try await beat()
        }
        let room = settings.running - state.withLock { $0.running.count }
        let (now, manner, owner) = (now(), settings.manner, owner)
        let claimed = try await table.claim(kinds: works.keys.sorted(), at: now, limit: room) { job in
            (try? job.handle(.claimed(by: owner), manner, at: now)) ?? []
        }
        for job in claimed { start(job) }
    }

    /// Waits for the jobs under way.
    public func settle() async { for task in state.withLock({ $0.running }).values { await task.value } }

    /// Tells of every running job that its host lives; what is not ours any more is ended.
    func beat() async throws(StoreError) {
        let (now, manner, owner) = (now(), settings.manner, owner)
        for (id, task) in state.withLock({ $0.running }) {
            do throws(StoreError) {
                _ = try await table.change(id) { job throws(Refusal) in
                    try job.handle(.beat(by: owner), manner, at: now)
                }
            } catch {
                switch error {
                case .refused, .notFound: task.cancel()
                default: throw error
                }
            }
        }
    }

    private func start(_ job: Job) {
        state.withLock { state in
            // Our own, claimed again by a clock that has jumped.
            guard state.running[job.id] == nil else { return }
            state.running[job.id] = Task {
                await self.perform(job)
                self.state.withLock { $0.running[job.id] = nil }
                self.wake()
            }
        }
    }

    private func perform(_ job: Job) async {
        let start = Moment.now()
        let input: JobMachine.Input
        var outcome = "done"
        do throws(JobFailure) {
            guard let work = works[job.key.kind] else {
                throw JobFailure("no work is called \(job.key.kind)", isRetryable: false)
            }
            let done = try await work.run(job, report(job))
            input = .succeeded(by: owner, result: done.result, events: done.events)
        } catch {
            if error.isStop || Task.isCancelled {
                (input, outcome) = (.released(by: owner), "stopped")
            } else {
                (input, outcome) = (.failed(by: owner, error), "failed")
            }
        }
        figures.ended(job.key.kind, outcome, seconds: (Moment.now() - start).fractionalSeconds)
        await settle(job, input)
    }

    /// Notes how a try ended. A store that is away is asked again for as long as it takes: the work is done.
    private func settle(_ job: Job, _ input: JobMachine.Input) async {
        let (manner, now) = (settings.manner, now)
        while true {
            do throws(StoreError) {
                let after = try await table.change(job.id) { job throws(Refusal) in
                    try job.handle(input, manner, at: now())
                }
                if after.state == .failed || !after.error.isEmpty { complain(after) }
                return
            } catch {
                // Cancelled, or somebody else's: what this try came to is left out.
                if case .refused = error { return }
                if case .notFound = error { return }
                if case .closed = error { return }
                Log("jobs").error("the store refuses", ["job": .string(job.id), "reason": .string("\(error)")])
                if (try? await Task.sleep(for: .seconds(1))) == nil { return }
            }
        }
    }

    private func complain(_ job: Job) {
        let fields: JSONObject = [
            "job": .string(job.id), "kind": .string(job.key.kind), "attempts": .int(job.attempts),
            "reason": .string(job.error),
        ]
        Log("jobs").warning(job.state == .failed ? "a job has failed" : "a job is tried again later", fields)
    }

    private func report(_ job: Job) -> JobReport {
        let (table, manner, owner, now) = (table, settings.manner, owner, now)
        return JobReport { done, total, token, shown async throws(JobFailure) in
            guard !Task.isCancelled else { throw .stopped("the host stops, or the job was cancelled") }
            do throws(StoreError) {
                _ = try await table.change(job.id) { job throws(Refusal) in
                    let input = JobMachine.Input.advanced(
                        by: owner,
                        done: done,
                        total: total,
                        token: token,
                        shown: shown
                    )
                    return try job.handle(input, manner, at: now())
                }
            } catch {
                if case .refused(let reason) = error { throw .stopped(reason) }
                throw JobFailure("\(error)", isRetryable: true)
            }
        }
    }
}

extension Job {
    /// Drives the job through its machine.
    fileprivate mutating func handle(
        _ input: JobMachine.Input,
        _ manner: JobManner,
        at now: Timestamp
    ) throws(Refusal) -> [Event] {
        var machine = JobMachine(self, manner)
        let events = try machine.handle(input, at: now)
        self = machine.job
        return events
    }
}
