import Core
import JSONKit
import Store
import Synchronization
import Testing

@testable import Jobs

/// Erasing persons, on the real tables of both engines.
@Suite(.serialized) struct ErasureTests {
    private static let number = "+4915550100"

    /// A place that does as told.
    private final class Place: Sendable {
        let asked = Mutex<[Traces]>([])
        let refusals = Mutex(0)

        var place: ErasurePlace {
            ErasurePlace("vault") { traces async throws(JobFailure) in
                self.asked.withLock { $0.append(traces) }
                let refuses = self.refusals.withLock { refusals in
                    defer { refusals = max(0, refusals - 1) }
                    return refusals > 0
                }
                if refuses { throw JobFailure("vault is away", isRetryable: false) }
                return ["erased": 2]
            }
        }
    }

    private func runner(_ bench: JobBench, _ place: Place, host: String = "a") throws -> JobRunner {
        let store = try #require(bench.store)
        let work = ErasureWork(store, [place.place], removers: ["recordings"], now: bench.clock.now)
        return JobRunner(store, [work], host: host, now: bench.clock.now)
    }

    private func call(_ store: Store, _ id: String, from: String, to: String, outbound: Bool = false) async throws {
        let parties: JSON = [
            "direction": outbound ? "outbound" : "inbound", "from": .string(from), "to": .string(to),
            "carrier_call_id": .string("CA\(id)"),
        ]
        try await store.log.append(Event(.callStatus, key: "CA\(id)", data: ["carrier_call_id": .string("CA\(id)")]))
        try await store.log.append(Event(.callStarted, key: id, data: parties))
        try await store.log.append(Event(.transcriptFinal, key: id, data: ["text": "quartz", "turn": 1]))
    }

    private func end(_ store: Store, _ id: String, from: String) async throws {
        let data: JSON = ["direction": "inbound", "from": .string(from), "disposition": "booked"]
        try await store.log.append(Event(.callEnded, key: id, data: data))
    }

    private func want(_ bench: JobBench, _ runner: JobRunner, _ subject: String) async throws -> Job {
        let store = try #require(bench.store)
        let (key, input) = try await ErasureWork.wanted(DataSubject(subject), store.documents)
        let job = try await runner.want(key, input: input)
        try await round(runner)
        return try #require(try await store.jobs.get(job.id))
    }

    private func round(_ runner: JobRunner) async throws {
        try await runner.round()
        await runner.settle()
    }

    private func words(_ store: Store) async throws -> [String] {
        let events = try await store.log.read(after: 0, limit: 1000)
        return events.filter { $0.event.data.description.contains("quartz") }.map(\.event.key)
    }

    @Test(arguments: TestEngine.allCases)
    func `everything of the person's calls goes, in both directions, and nothing of anybody else's`(
        engine: TestEngine
    ) async throws {
        let bench = try JobBench(engine)
        let store = try #require(bench.store)
        let (ours, other) = ("+4930901820", "+4915550199")
        try await call(store, "call_1", from: Self.number, to: ours)
        try await call(store, "call_2", from: ours, to: Self.number, outbound: true)
        // It is the other side's number that makes a person's call, not one that is only named.
        try await call(store, "call_3", from: other, to: Self.number)
        for id in ["call_1", "call_2", "call_3"] { try await end(store, id, from: id == "call_3" ? other : ours) }
        let lead = ScoredLead.id(ofNumber: Self.number)
        let score: JSON = ["phone": .string(Self.number), "score": 40, "calls": ["call_1"]]
        try await store.log.append(Event(.leadScored, key: lead, data: score))
        let intended: JSON = ["number": .string(Self.number), "lead": "lead_listed", "campaign": "autumn"]
        try await store.log.append(Event(.attemptIntended, key: "att_1", data: intended))
        try await store.log.append(Event(.attemptPlaced, key: "att_1", data: ["lead": "lead_listed"]))
        try await store.log.append(
            Event(.crmDelivered, key: "call_1", data: ["reference": "REC-7", "of": "call.ended"])
        )
        let now = bench.clock.now()
        let others = [Job(Job.Key("scoring", lead, period: "x"), due: now + .seconds(99), made: now)]
        try await store.jobs.add(others, bound: 9)
        let started: JSON = ["kind": "scoring", "subject": .string(lead)]
        try await store.log.append(Event(.jobStarted, key: "job_long_forgotten", data: started))
        let place = Place()
        let runner = try runner(bench, place)
        let before = store.log.lastPosition
        let job = try await want(bench, runner, "+49 (155) 501-00")
        #expect(job.state == .done && job.input == [:] && job.token.isNull, "\(job)")
        #expect(job.result["calls"] == 2 && job.result["stores"]?["vault"]?["erased"] == 2)
        #expect(job.result["stores"]?["jobs"]?["erased"] == 1)
        #expect(try await words(store) == ["call_3"])
        let events = try await store.log.read(after: 0, limit: 1000)
        #expect(events.map(\.position) == Array(1...store.log.lastPosition))
        let told = events.map { "\($0.event.key) \($0.event.data)" }.joined()
        #expect(!told.contains(lead) && !told.contains("CAcall_1") && !told.contains("REC-7"))
        #expect(!told.contains("lead_listed") && told.contains("autumn"))
        #expect(told.contains("CAcall_3") && events.prefix(Int(before)).contains { $0.event.key == Event.erasedKey })
        let fact = try #require(events.last { $0.event.topic == .privacyErased }?.event)
        #expect(fact.data["calls"] == ["call_1", "call_2"] && fact.key.hasPrefix("person_"))
        let traces = try #require(place.asked.withLock { $0.first })
        #expect(traces.references == ["REC-7"] && traces.number == Self.number)
        #expect(Set(traces.carrierCalls) == ["CAcall_1", "CAcall_2"] && Set(traces.leads) == [lead, "lead_listed"])
    }

    @Test(arguments: TestEngine.allCases)
    func `a place that refuses is shown and asked again for as long as it takes, the others only once`(
        engine: TestEngine
    ) async throws {
        let bench = try JobBench(engine)
        let store = try #require(bench.store)
        try await call(store, "call_1", from: Self.number, to: "+1")
        try await end(store, "call_1", from: Self.number)
        let place = Place()
        place.refusals.withLock { $0 = 40 }
        let runner = try runner(bench, place)
        var job = try await want(bench, runner, Self.number)
        #expect(job.state == .queued && job.error.contains("vault: vault is away"))
        #expect(job.result["stores"]?["vault"]?["refuses"] == "vault is away" && job.done == 2 && job.total == 3)
        #expect(try await words(store).isEmpty, "what can be erased is not kept waiting")
        for _ in 0..<40 {
            bench.clock.pass(.seconds(1000))
            try await round(runner)
        }
        job = try #require(try await store.jobs.get(job.id))
        #expect(job.state == .done && job.result["stores"]?["vault"]?["erased"] == 2)
        #expect(job.result["stores"]?["log"]?["erased"] == 4, "counted once")
    }

    @Test func `a call that is live is erased when it has ended, the others at once`() async throws {
        let bench = try JobBench(.sqlite)
        let store = try #require(bench.store)
        for id in ["call_1", "call_2"] { try await call(store, id, from: Self.number, to: "+1") }
        try await end(store, "call_1", from: Self.number)
        let runner = try runner(bench, Place())
        var job = try await want(bench, runner, Self.number)
        #expect(job.state == .queued && job.error.contains("call_2 has not ended"))
        #expect(try await words(store) == ["call_2"])
        try await end(store, "call_2", from: Self.number)
        bench.clock.pass(.seconds(60))
        try await round(runner)
        job = try #require(try await store.jobs.get(job.id))
        #expect(job.state == .done && job.result["calls"] == 2)
        #expect(try await words(store).isEmpty)
    }

    @Test func `one call alone can be erased, and a digest says nothing without the salt`() async throws {
        let bench = try JobBench(.sqlite)
        let store = try #require(bench.store)
        for id in ["call_1", "call_2"] {
            try await call(store, id, from: "anonymous", to: "+1")
            try await end(store, id, from: "anonymous")
        }
        let job = try await want(bench, try runner(bench, Place()), "call_1")
        #expect(job.state == .done && job.result["calls"] == 1)
        #expect(try await words(store) == ["call_2"])
        let plain = try DataSubject("call_1").digest(salt: "")
        #expect(job.key.subject.hasPrefix("person_") && job.key.subject != plain)
        let again = try await ErasureWork.wanted(DataSubject("call_1"), store.documents).key
        #expect(again == job.key)
    }

    @Test(arguments: ["", "4915550100", "Jo", "+49", "+49abc1234", "lead_1"])
    func `who is meant must be a number or a call`(text: String) {
        #expect(throws: FieldError.self) { try DataSubject(text) }
    }
}
