import Core
import Glibc
import JSONKit
import Store
import Synchronization
import Testing

@Suite struct EventLogTests {
    @Test(arguments: TestEngine.allCases) func `events are numbered without gaps and survive a restart`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        for number in 1...50 {
            let position = try await #require(temporary.store).log.append(
                Event(.transcriptFinal, key: "call_1", data: ["n": .int(Int64(number))])
            )
            #expect(position == Int64(number))
        }
        try temporary.reopen()
        let log = try #require(temporary.store).log
        #expect(log.lastPosition == 50)
        let read = try await log.read(after: 40, limit: 100)
        #expect(read.map(\.position) == Array(41...50))
        #expect(read.first?.event.data == ["n": 41])
    }

    @Test(arguments: TestEngine.allCases)
    func `events from outside that come again stand once, at their first position`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let log = try #require(temporary.store).log
        func review(_ number: Int) -> Event {
            Event(.callReviewed, key: "call_\(number)", data: [:], id: EventID("review-\(number)"))
        }
        #expect(try await log.append(known: (1...200).map(review)) == 200)
        try await log.append(Event(.callStarted, key: "call_x"))
        // The second half again, one twice within the batch, and something new.
        #expect(try await log.append(known: (101...200).map(review) + [review(201), review(201)]) == 202)
        #expect(try await log.append(known: [review(7)]) == 7)
        let ids = try await log.read(after: 0, topics: [.callReviewed], limit: 1000).map(\.event.id.rawValue)
        #expect(ids == (1...201).map { "review-\($0)" })
    }

    @Test(arguments: TestEngine.allCases) func `reading is narrowed by topic and by key`(engine: TestEngine)
        async throws
    {
        let temporary = try TemporaryStore(engine)
        let log = try #require(temporary.store).log
        try await log.append(Event(.callStarted, key: "a"))
        try await log.append(Event(.transcriptFinal, key: "a"))
        try await log.append(Event(.transcriptFinal, key: "b"))
        #expect(try await log.read(after: 0, topics: [.transcriptFinal], limit: 10).map(\.position) == [2, 3])
        #expect(try await log.read(after: 0, key: "a", limit: 10).map(\.position) == [1, 2])
    }

    @Test(arguments: TestEngine.allCases) func `a follower gets what was there and what comes, once and in order`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let log = try #require(temporary.store).log
        for _ in 0..<700 { log.append(Event(.replySpoken, key: "x"), completion: nil) }
        _ = try await log.append(Event(.replySpoken, key: "x"))
        let (positions, sink) = AsyncStream.makeStream(of: Int64.self)
        let follower = log.follow(after: 10) { batch in
            for one in batch { sink.yield(one.position) }
            return true
        }
        defer { follower.cancel() }
        for _ in 0..<300 { log.append(Event(.replySpoken, key: "x"), completion: nil) }
        var seen: [Int64] = []
        for await position in positions {
            seen.append(position)
            if seen.count == 991 { break }
        }
        #expect(seen == Array(11...1001))
    }

    @Test(arguments: TestEngine.allCases) func `calls that never ended are found after a restart`(engine: TestEngine)
        async throws
    {
        let temporary = try TemporaryStore(engine)
        var log = try #require(temporary.store).log
        for key in ["a", "b", "c"] { try await log.append(Event(.callStarted, key: key)) }
        try await log.append(Event(.callEnded, key: "a"))
        try await log.append(Event(.callInterrupted, key: "b"))
        try temporary.reopen()
        log = try #require(temporary.store).log
        #expect(try await log.openCalls().map(\.event.key) == ["c"])
    }

    @Test(arguments: TestEngine.allCases) func `a second host on the same folder is refused with the holder's process`(
        engine: TestEngine
    ) throws {
        let temporary = try TemporaryStore(engine)
        #expect {
            try StateFolder(temporary.path)
        } throws: { error in
            "\(error)".contains("process \(getpid())") && "\(error)".contains(temporary.path)
        }
    }

    @Test(arguments: TestEngine.allCases) func `what was acknowledged before a kill is there afterwards`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        temporary.close()
        let folder = temporary.path
        var acknowledged: Int64 = 0
        for round in 1...10 {
            acknowledged = max(
                acknowledged,
                try StoreChild.runUntilKilled(folder, temporary.url, milliseconds: 5 + 7 * round)
            )
        }
        #expect(acknowledged > 10)
        try temporary.reopen()
        let log = try #require(temporary.store).log
        #expect(log.lastPosition >= acknowledged)
        var position: Int64 = 0
        while position < acknowledged {
            let batch = try await log.read(after: position, limit: 10_000)
            #expect(batch.first?.position == position + 1)
            position = try #require(batch.last).position
        }
    }
}
