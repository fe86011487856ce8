import Core
import JSONKit
import Store
import Synchronization
import Testing

@testable import Jobs

/// Closing a day.
@Suite(.serialized) struct DailyTests {
    /// A warehouse that has what was loaded, each event once.
    final class Shelf: Sendable {
        let events = Mutex<[String: Event]>([:])
        let refuses = Mutex(false)

        var warehouse: DailyWarehouse {
            DailyWarehouse(
                isThere: { true },
                counts: { from, to in
                    let these = self.events.withLock { $0.values.filter { $0.at >= from && $0.at < to } }
                    return Dictionary(grouping: these) { $0.topic.rawValue }.mapValues(\.count)
                },
                load: { batch async throws(JobFailure) in
                    if self.refuses.withLock({ $0 }) { throw JobFailure("away", isRetryable: true) }
                    self.events.withLock { for recorded in batch { $0[recorded.event.id.rawValue] = recorded.event } }
                }
            )
        }
    }

    private static let day = CivilDay(year: 2026, month: 11, day: 23)

    private func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(parsing: text)) }

    /// Berlin's 23rd of November, and a bit of the days around it.
    private func fill(_ store: Store) async throws {
        let times = ["2026-11-22T22:59:59.999Z", "2026-11-22T23:00:00.000Z", "2026-11-23T12:00:00.000Z"]
        for (index, time) in (times + ["2026-11-23T22:59:59.999Z", "2026-11-23T23:00:00.000Z"]).enumerated() {
            let data: JSON = [
                "direction": "inbound", "disposition": index == 2 ? "repair_booked" : "question_answered",
                "duration_s": 30, "turns": 2, "agent": "front-desk", "from": "+15550100",
            ]
            try await store.log.append(Event(.callEnded, key: "call_\(index)", data: data, at: moment(time)))
        }
        let review: JSON = ["sentiment": "positive", "resolution": "resolved"]
        try await store.log.append(
            Event(.callReviewed, key: "call_2", data: review, at: moment("2026-11-23T12:01:00.000Z"))
        )
    }

    private func runner(
        _ bench: JobBench,
        _ shelf: Shelf,
        rescores: Bool = false,
        at time: String = ""
    ) throws -> JobRunner {
        let store = try #require(bench.store)
        let zone = try #require(Zone(named: "Europe/Berlin"))
        let works: [any JobWork] = [
            DailyWork(store, zone, shelf.warehouse, settings: JobSettings(), rescores: rescores),
            ScoringWork(store.log, now: bench.clock.now),
        ]
        let schedule = DailySchedule.seconds(time).map { DailySchedule(at: $0, zone) }
        return JobRunner(store, works, schedule: schedule, host: "a", now: bench.clock.now)
    }

    @Test(arguments: TestEngine.allCases)
    func `a day of the zone is summed up, and what the warehouse lacks is loaded`(engine: TestEngine) async throws {
        let bench = try JobBench(engine)
        let store = try #require(bench.store)
        try await fill(store)
        let shelf = Shelf()
        // It has one call of three.
        for recorded in try await store.log.read(after: 2, limit: 1) {
            shelf.events.withLock { $0[recorded.event.id.rawValue] = recorded.event }
        }
        let runner = try runner(bench, shelf)
        let job = try await runner.want(DailyWork.key(Self.day))
        try await runner.round()
        await runner.settle()
        let done = try #require(try await store.jobs.get(job.id))
        #expect(done.state == .done, "\(done.error)")
        let event = try #require(try await store.log.read(after: 0, topics: [.daySummarised], limit: 9).first?.event)
        #expect(event.key == "2026-11-23" && event.data["zone"] == "Europe/Berlin")
        #expect(event.data["events"] == ["call.ended": 3, "call.reviewed": 1])
        let calls = event.data["calls"]
        #expect(calls?["count"] == 3 && calls?["duration_s"]?.double == 90)
        #expect(calls?["dispositions"] == ["question_answered": 2, "repair_booked": 1])
        #expect(calls?["sentiments"] == ["positive": 1] && calls?["resolutions"] == ["resolved": 1])
        let warehouse = event.data["warehouse"]
        #expect(warehouse?["missing"] == ["call.ended": 2, "call.reviewed": 1] && warehouse?["loaded"] == 4)
        #expect(warehouse?["still_missing"] == [:])
        #expect(shelf.events.withLock { $0.count } == 4)
    }

    @Test func `a warehouse that has everything is loaded with nothing, and one that is away is asked again`()
        async throws
    {
        let bench = try JobBench(.sqlite)
        let store = try #require(bench.store)
        try await fill(store)
        let shelf = Shelf()
        shelf.refuses.withLock { $0 = true }
        let runner = try runner(bench, shelf)
        let job = try await runner.want(DailyWork.key(Self.day))
        try await runner.round()
        await runner.settle()
        #expect(try await store.jobs.get(job.id)?.state == .queued)
        shelf.refuses.withLock { $0 = false }
        for expected in [4, 0] {
            bench.clock.pass(.seconds(60))
            _ = try await runner.want(DailyWork.key(Self.day))
            try await runner.round()
            await runner.settle()
            let event = try await store.log.read(after: 0, topics: [.daySummarised], limit: 9).last?.event
            #expect(event?.data["warehouse"]?["loaded"]?.int == Int64(expected))
        }
    }

    @Test func `campaigns that ran on the day are reported on, each once`() async throws {
        let bench = try JobBench(.sqlite)
        let store = try #require(bench.store)
        try await fill(store)
        let (zone, shelf) = (try #require(Zone(named: "Europe/Berlin")), Shelf())
        let made = Mutex<[String]>([])
        let works: [any JobWork] = [
            DailyWork(
                store,
                zone,
                shelf.warehouse,
                settings: JobSettings(),
                rescores: false,
                campaigns: { since in
                    since == zone.moment(of: Self.day) ? ["spring", "winter"] : []
                }
            ),
            ReportWork(zone) { name, day in
                made.withLock { $0.append("\(name) \(day)") }
                return ["figures": ["attempts": 4], "tables": []]
            },
        ]
        let runner = JobRunner(store, works, host: "a", now: bench.clock.now)
        for _ in 0..<2 {
            _ = try await runner.want(DailyWork.key(Self.day))
            try await runner.round()
            await runner.settle()
        }
        // They were queued by the clock on the wall.
        let ahead = Timestamp.now().unixMilliseconds - bench.clock.now().unixMilliseconds
        bench.clock.pass(.milliseconds(max(0, ahead) + 1000))
        for _ in 0..<2 {
            try await runner.round()
            await runner.settle()
        }
        #expect(made.withLock { $0.sorted() } == ["spring 2026-11-23", "winter 2026-11-23"])
        let job = try #require(try await store.jobs.list(kind: "report").first)
        #expect(job.state == .done && job.result == ["figures": ["attempts": 4]])
    }

    @Test func `the schedule closes each day once, the days that were missed too, and none before the first`()
        async throws
    {
        let bench = try JobBench(.sqlite)
        let store = try #require(bench.store)
        try await fill(store)
        let runner = try runner(bench, Shelf(), at: "03:30")
        // Two in the morning of the 25th in Berlin: the 24th is over but not due.
        let start = try moment("2026-11-25T01:00:00.000Z").unixMilliseconds - bench.clock.now().unixMilliseconds
        bench.clock.pass(.milliseconds(start))
        try await runner.plan()
        #expect(try await store.jobs.list().map(\.key.period).sorted() == ["2026-11-22", "2026-11-23"])
        bench.clock.pass(.seconds(3600 + 1799))
        try await runner.plan()
        #expect(try await store.jobs.list().count == 2)
        bench.clock.pass(.seconds(1))
        try await runner.plan()
        try await runner.plan()
        #expect(try await store.jobs.list().map(\.key.period).sorted().last == "2026-11-24")
        // Three weeks of silence: a week is caught up with.
        bench.clock.pass(.seconds(21 * 86_400))
        let later = try self.runner(bench, Shelf(), at: "03:30")
        try await later.plan()
        #expect(try await store.jobs.list().count == 10)
    }

    @Test func `leads are scored anew for the day, once`() async throws {
        let bench = try JobBench(.sqlite)
        let store = try #require(bench.store)
        try await fill(store)
        let data: JSON = ["score": 99, "stage": "hot", "calls": ["call_2"], "phone": "+15550100"]
        try await store.log.append(
            Event(.leadScored, key: "lead_1", data: data, at: moment("2026-11-23T12:00:00.000Z"))
        )
        let start = try moment("2026-12-08T00:00:00.000Z").unixMilliseconds - bench.clock.now().unixMilliseconds
        bench.clock.pass(.milliseconds(start))
        let runner = try runner(bench, Shelf(), rescores: true)
        for _ in 0..<2 {
            _ = try await runner.want(DailyWork.key(Self.day))
            for _ in 0..<3 {
                try await runner.round()
                await runner.settle()
            }
        }
        let scored = try await store.log.read(after: 0, topics: [.leadScored], limit: 9).map(\.event)
        #expect(scored.count == 2)
        #expect(scored.last?.data["score"]?.int ?? 99 < 99 && scored.last?.data["calls"] == ["call_2"])
    }

    @Test(arguments: [
        ("2026-11-23", true), ("", true), ("2026-11-24", false), ("2027-01-01", false), ("yesterday", false),
    ])
    func `only a day that is over can be closed`(period: String, isFine: Bool) throws {
        let bench = try JobBench(.sqlite)
        let work = try #require(try runner(bench, Shelf()).works["daily"])
        let now = try moment("2026-11-24T12:00:00.000Z")
        guard isFine else {
            #expect(throws: FieldError.self) { try work.key(subject: "", period: period, at: now) }
            return
        }
        #expect(try work.key(subject: "", period: period, at: now).period == "2026-11-23")
    }

    @Test(arguments: [("03:30", 12_600), ("00:00", 0), ("23:59", 86_340), ("24:00", nil), ("3:30", nil), ("", nil)])
    func `an hour is two digits and two digits`(text: String, seconds: Int?) {
        #expect(DailySchedule.seconds(text) == seconds)
    }
}
