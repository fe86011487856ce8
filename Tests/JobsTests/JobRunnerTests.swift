import Core
import JSONKit
import Services
import Store
import Synchronization
import Testing

@testable import Jobs

/// Jobs on the real tables, of both engines, by a clock that the test drives.
@Suite(.serialized) struct JobRunnerTests {
    private func runner(
        _ bench: JobBench,
        _ work: TestWork,
        host: String = "a",
        _ change: (inout JobSettings) -> Void = { _ in }
    ) throws -> JobRunner {
        var settings = JobSettings()
        change(&settings)
        return JobRunner(try #require(bench.store), [work], settings: settings, host: host, now: bench.clock.now)
    }

    @Test(arguments: TestEngine.allCases)
    func `a job is done once, however often it is queued, and its effects are in the log with it`(
        engine: TestEngine
    ) async throws {
        let bench = try JobBench(engine)
        let work = TestWork()
        let runner = try runner(bench, work)
        let key = Job.Key("test", "s1")
        #expect(try await runner.add([(key, [:])]) == 1)
        #expect(try await runner.add([(key, [:])]) == 0)
        try await runner.round()
        await runner.settle()
        #expect(try await runner.add([(key, [:])]) == 0)
        try await runner.round()
        await runner.settle()
        #expect(work.tries.withLock { $0 } == ["s1"])
        #expect(try await bench.topics() == [.jobStarted, .callReviewed, .jobDone])
        #expect(try await runner.table.get(key.id)?.state == .done)
    }

    @Test(arguments: TestEngine.allCases)
    func `of two hosts each job is taken by one, and what a dead one had goes to the other after the lease`(
        engine: TestEngine
    ) async throws {
        let bench = try JobBench(engine)
        let store = try #require(bench.store)
        let (now, manner) = (bench.clock.now(), JobManner())
        let jobs = (0..<8).map { Job(Job.Key("test", "s\($0)"), due: now, made: now) }
        try await store.jobs.add(jobs, bound: 100)
        let taken = Mutex<[String]>([])
        let claim: @Sendable (String) async throws -> Void = { owner in
            for _ in 0..<8 {
                let claimed = try await store.jobs.claim(kinds: ["test"], at: now, limit: 1) { job in
                    var machine = JobMachine(job, manner)
                    let events = try? machine.handle(.claimed(by: owner), at: now)
                    job = machine.job
                    return events ?? []
                }
                taken.withLock { $0 += claimed.map(\.id) }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for owner in ["x", "y"] { group.addTask { try await claim(owner) } }
            try await group.waitForAll()
        }
        #expect(taken.withLock { $0.sorted() } == jobs.map(\.id).sorted())

        let work = TestWork()
        let other = try runner(bench, work) { $0.running = 100 }
        try await other.round()
        await other.settle()
        #expect(work.tries.withLock { $0 }.isEmpty, "the leases hold")
        bench.clock.pass(.seconds(31))
        try await other.round()
        await other.settle()
        #expect(work.tries.withLock { $0 }.count == 8)
        #expect(try await store.jobs.list(state: .done).count == 8)
    }

    @Test(arguments: TestEngine.allCases)
    func `jobs about the same subject run one after the other, and no more at once than may`(
        engine: TestEngine
    ) async throws {
        let bench = try JobBench(engine)
        let work = TestWork(holds: true)
        let runner = try runner(bench, work) { $0.running = 2 }
        let keys =
            ["1", "2"].map { Job.Key("test", "same", period: $0) } + [Job.Key("test", "b"), Job.Key("test", "c")]
        try await runner.add(keys.map { ($0, [:]) })
        try await runner.round()
        try await Patience.wait(for: "two") { work.tries.withLock { $0.count } == 2 }
        try await Patience.wait(for: "all of them") {
            try await runner.round()
            let running = try await runner.table.list(state: .running).map(\.key.subject)
            #expect(Set(running).count == running.count && running.count <= 2)
            work.letGo()
            return try await runner.table.list(state: .done).count == 4
        }
    }

    @Test(arguments: TestEngine.allCases)
    func `a full queue takes nothing more, and takes all or none`(engine: TestEngine) async throws {
        let bench = try JobBench(engine)
        let runner = try runner(bench, TestWork()) { $0.queue = 3 }
        try await runner.add([(Job.Key("test", "1"), [:]), (Job.Key("test", "2"), [:])])
        await #expect(throws: StoreError.queueFull(waiting: 2)) {
            try await runner.add([(Job.Key("test", "3"), [:]), (Job.Key("test", "4"), [:])])
        }
        #expect(try await runner.table.list().count == 2)
    }

    @Test(arguments: TestEngine.allCases)
    func `a failed try goes on at the token, and waits its time`(engine: TestEngine) async throws {
        let bench = try JobBench(engine)
        let work = TestWork(fails: 1)
        let runner = try runner(bench, work)
        let job = try await runner.want(Job.Key("test", "s"))
        try await runner.round()
        await runner.settle()
        let waiting = try #require(try await runner.table.get(job.id))
        #expect(waiting.state == .queued && waiting.done == 1 && waiting.error == "away")
        try await runner.round()
        await runner.settle()
        #expect(work.tries.withLock { $0.count } == 1, "its time has not come")
        bench.clock.pass(.seconds(10))
        try await runner.round()
        await runner.settle()
        #expect(work.tokens.withLock { $0 } == [.null, ["piece": 1]])
        #expect(try await runner.table.get(job.id)?.state == .done)
    }

    @Test func `cancelling ends a running job, and what it brings afterwards is left out`() async throws {
        let bench = try JobBench(.sqlite)
        let work = TestWork(holds: true)
        let runner = try runner(bench, work)
        let job = try await runner.want(Job.Key("test", "s"))
        try await runner.round()
        try await Patience.wait(for: "it") { work.tries.withLock { $0.count } == 1 }
        #expect(try await runner.cancel(job.id).state == .cancelled)
        work.letGo()
        await runner.settle()
        #expect(try await bench.topics() == [.jobStarted, .jobCancelled])
        await #expect(throws: StoreError.self) { _ = try await runner.cancel(job.id) }
        #expect(try await runner.want(job.key).run == 2)
    }

    @Test func `a host that stops lets its jobs go, and the next start goes on at once`() async throws {
        let bench = try JobBench(.sqlite)
        let work = TestWork(holds: true)
        let first = try runner(bench, work)
        first.start()
        let job = try await first.want(Job.Key("test", "s"))
        try await Patience.wait(for: "it") { work.tries.withLock { $0.count } == 1 }
        let stop = Task { await first.stop() }
        try await Patience.wait(for: "the word to end") { work.cancellations.withLock { $0 } == 1 }
        work.letGo(stopping: true)
        await stop.value
        #expect(try await first.table.get(job.id)?.state == .queued)
        let second = try runner(bench, TestWork())
        second.start()
        try await Patience.wait(for: "the end") { try await second.table.get(job.id)?.state == .done }
        await second.stop()
    }

    @Test(arguments: TestEngine.allCases)
    func `what is erased is gone with what was found out so far, and a try under way has no effect`(
        engine: TestEngine
    ) async throws {
        let bench = try JobBench(engine)
        let work = TestWork(holds: true)
        let runner = try runner(bench, work)
        try await runner.add([(Job.Key("test", "s"), ["phone": "+15550100"]), (Job.Key("test", "other"), [:])])
        try await runner.round()
        try await Patience.wait(for: "both") { work.tries.withLock { $0.count } == 2 }
        #expect(try await runner.table.erase(subjects: ["s", "unknown"]).count == 1)
        try await runner.beat()
        #expect(work.cancellations.withLock { $0 } == 1)
        work.letGo()
        await runner.settle()
        #expect(try await runner.table.list().map(\.key.subject) == ["other"])
        #expect(try await bench.topics().count { $0 == .jobDone } == 1)
    }

    @Test(arguments: TestEngine.allCases)
    func `jobs that were over long ago are forgotten`(engine: TestEngine) async throws {
        let bench = try JobBench(engine)
        let runner = try runner(bench, TestWork())
        try await runner.add([(Job.Key("test", "old"), [:])])
        try await runner.round()
        await runner.settle()
        bench.clock.pass(.seconds(3600))
        try await runner.add([(Job.Key("test", "new"), [:])])
        try await runner.round()
        await runner.settle()
        let time = Timestamp(unixMilliseconds: bench.clock.now().unixMilliseconds - 1000)
        #expect(try await runner.table.forget(before: time) == 1)
        #expect(try await runner.table.list().map(\.key.subject) == ["new"])
    }
}
