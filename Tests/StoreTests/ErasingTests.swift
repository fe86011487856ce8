import Core
import Glibc
import JSONKit
import Services
import Testing

@testable import Store

/// Erasing from a log without gaps, and from the files beneath it.
@Suite(.serialized) struct ErasingTests {
    private let word = "quartzmarble"

    private func fill(_ store: Store) async throws {
        for number in 1...40 {
            let call = "call_\(number % 2)"
            let text = String(repeating: "x", count: number * 50)
            let data: JSON = ["text": .string("\(word) \(call) \(text)"), "turn": .int(Int64(number))]
            try await store.log.append(Event(.transcriptFinal, key: call, data: data))
        }
        for (consumer, position) in [("crm", Int64(1)), ("recordings@b", 1), ("crm", 2)] {
            let rest = Delivery(
                consumer: consumer,
                position: position,
                state: .parked,
                tries: 9,
                nextAt: .now(),
                error: "refused: \(word)"
            )
            try await store.deliveries.settle(consumer, cursor: 40, [(position, rest)])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func `events stay at their positions and hold nothing, what waited is forgotten or looks again, others keep theirs`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        try await fill(store)
        let outcome = try await store.log.erase(key: "call_1", isPersonal: false, lastLook: ["recordings"])
        #expect(outcome.events == 20 && outcome.deliveries == 2 && outcome.last == 39)
        let events = try await store.log.read(after: 0, limit: 100)
        #expect(events.map(\.position) == Array(1...40))
        #expect(events.filter { $0.event.isErased }.map(\.event.key) == Array(repeating: "call_1", count: 20))
        #expect(events[0].event.data == ["text": "", "turn": 1, "erased": true])
        #expect(events[1].event.data["text"]?.string?.hasPrefix("\(word) call_0") == true)
        let left = try await store.deliveries.list()
        #expect(left.map(\.consumer) == ["crm", "recordings@b"] && left.map(\.position) == [2, 1])
        #expect(left[1].state == .waiting && left[1].error.isEmpty && left[1].nextAt <= .now())
        let again = try await store.log.erase(key: "call_1", isPersonal: false, lastLook: [])
        #expect(again.events == 0 && again.deliveries == 1)
    }

    @Test(arguments: TestEngine.allCases)
    func `a key that is a person goes, too, and so do events of topics that this host does not know`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        try await store.log.append(Event(.leadScored, key: "lead_jo", data: ["phone": "+4915550100", "score": 7]))
        let thread = store.log.thread
        try await thread.ask { database throws(StoreError) in
            try database.execute("UPDATE log_head SET position = 2 WHERE one = 1")
            try database.execute(
                """
                INSERT INTO events (position, id, topic, key, at, data, host)
                VALUES (2, 'e2', 'lead.of_tomorrow', 'lead_jo', 1, '{"name":"Jo"}', '')
                """
            )
        }
        _ = try await store.log.erase(key: "lead_jo", isPersonal: true, lastLook: [])
        let rows = try await thread.ask { database throws(StoreError) -> [String] in
            let select = try Statement(database, "SELECT key, data FROM events ORDER BY position")
            var rows: [String] = []
            while try select.step() { rows.append("\(select.text(0)) \(select.text(1))") }
            return rows
        }
        #expect(rows[0] == #"erased {"score":7,"erased":true}"# && rows[1] == #"erased {"name":"","erased":true}"#)
    }

    @Test func `after the scrub neither the file nor its log holds a word, however it was overwritten`() async throws {
        let temporary = try TemporaryStore(.sqlite)
        let store = try #require(temporary.store)
        try await fill(store)
        // Rows that grow and shrink make pages split, and split pages keep remains.
        let now = Timestamp.now()
        for number in 0..<300 {
            let job = Job(Job.Key("t", "s\(number)"), input: ["n": .string("\(word)\(number)")], due: now, made: now)
            try await store.jobs.add([job], bound: 1000)
            let grown: JSON = .string(String(repeating: word, count: number % 70))
            _ = try await store.jobs.change(job.id) { job throws(Refusal) in
                job.token = grown
                return []
            }
        }
        try await store.jobs.erase(subjects: (0..<300).map { "s\($0)" })
        for call in ["call_0", "call_1"] { _ = try await store.log.erase(key: call, isPersonal: false, lastLook: [""]) }
        try await store.scrub()
        #expect(system("grep -rqaF \(word) '\(temporary.path)'") != 0)
        #expect(try await store.log.read(after: 0, limit: 100).count == 40)
    }

    @Test func `a PostgreSQL dump holds no word`() async throws {
        let temporary = try TemporaryStore(.postgres)
        let store = try #require(temporary.store)
        try await fill(store)
        let dump = "/usr/lib/postgresql/15/bin/pg_dump '\(temporary.url)' | grep -qF \(word)"
        #expect(system(dump) == 0)
        for call in ["call_0", "call_1"] { _ = try await store.log.erase(key: call, isPersonal: false, lastLook: [""]) }
        try await store.scrub()
        #expect(system(dump) != 0)
    }

    @Test(arguments: TestEngine.allCases)
    func `mentions are found in their topics, whatever letters they are made of, stretch by stretch`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let store = try #require(temporary.store)
        for text in ["50%_!", "50x_!", "nothing"] {
            try await store.log.append(Event(.callStarted, key: text, data: ["from": .string(text)]))
            try await store.log.append(Event(.callEnded, key: text, data: ["from": .string(text)]))
        }
        let part = try await store.log.mentions(of: ["50%_!", "hing"], topics: [.callStarted], after: 0)
        #expect(part.found.map(\.event.key) == ["50%_!", "nothing"] && part.next == 6)
    }
}
