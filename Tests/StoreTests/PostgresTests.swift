import Core
import Glibc
import JSONKit
import Services
import Synchronization
import Testing

@testable import Store

/// What only a database that hosts share can show, and how it fails.
@Suite(.serialized) struct PostgresTests {
    private func store(_ url: String, host: String, password: String? = nil) throws -> (Store, String) {
        let folder = try ServerProcess.makeFolder()
        let engine = StoreEngine.postgres(url: url) { password }
        return (try Store(StateFolder(folder), engine: engine, host: host), folder)
    }

    @Test func `two hosts write one log without gaps, and each follows what the other writes`() async throws {
        let url = try SharedPostgres.database()
        let (one, first) = try store(url, host: "one")
        let (two, second) = try store(url, host: "two")
        defer {
            one.close()
            two.close()
            _ = system("rm -rf '\(first)' '\(second)'")
        }
        let seen = Mutex<[Int64]>([])
        let follower = one.log.follow(after: 0) { batch in
            seen.withLock { $0 += batch.map(\.position) }
            return true
        }
        defer { follower.cancel() }
        await withTaskGroup(of: Void.self) { group in
            for log in [one.log, two.log] {
                for _ in 0..<10 {
                    group.addTask { for _ in 0..<20 { _ = try? await log.append(Event(.transcriptFinal, key: "c")) } }
                }
            }
        }
        try await Patience.wait(for: "all events") { seen.withLock { $0.count } == 400 }
        #expect(seen.withLock { $0 } == Array(1...400))
        #expect(try await two.log.read(after: 0, limit: 1000).count == 400)
    }

    @Test func `calls that another host has are not taken for abandoned ones`() async throws {
        let url = try SharedPostgres.database()
        let (one, first) = try store(url, host: "one")
        let (two, second) = try store(url, host: "two")
        defer {
            one.close()
            two.close()
            _ = system("rm -rf '\(first)' '\(second)'")
        }
        try await one.log.append(Event(.callStarted, key: "a"))
        try await one.log.append(Event(.callStarted, key: "b"))
        try await two.log.append(Event(.callContinued, key: "b"))
        try await two.log.append(Event(.callStarted, key: "c"))
        #expect(try await one.log.openCalls().map(\.event.key) == ["a"])
        #expect(try await two.log.openCalls().map(\.event.key) == ["b", "c"])
    }

    @Test func `a consumer belongs to one host, and to another one when that is gone`() async throws {
        let url = try SharedPostgres.database()
        let (one, first) = try store(url, host: "one")
        let (two, second) = try store(url, host: "two")
        defer {
            two.close()
            _ = system("rm -rf '\(first)' '\(second)'")
        }
        #expect(try await one.deliveries.claim("crm"))
        #expect(try await one.deliveries.claim("crm"))
        #expect(try await !two.deliveries.claim("crm"))
        #expect(try await two.deliveries.claim("events"))
        one.close()
        try await Patience.wait(for: "the claim") { try await two.deliveries.claim("crm") }
    }

    @Test func `what another host writes is noticed by a store that has no moment's rest`() async throws {
        let url = try SharedPostgres.database()
        let (one, first) = try store(url, host: "one")
        let (two, second) = try store(url, host: "two")
        defer {
            one.close()
            two.close()
            _ = system("rm -rf '\(first)' '\(second)'")
        }
        let seen = Mutex(0)
        let follower = one.log.follow(after: 0) { batch in
            seen.withLock { $0 += batch.count }
            return true
        }
        let work = Task { while !Task.isCancelled { _ = try? await one.deliveries.cursor("nobody") } }
        defer {
            work.cancel()
            follower.cancel()
        }
        try await two.log.append(Event(.callStarted, key: "c"))
        try await Patience.wait(for: "the event", seconds: 10) { seen.withLock { $0 } == 1 }
    }

    @Test func `a server that is killed in mid-commit costs nothing: events wait, and none is there twice`()
        async throws
    {
        let server = try PostgresServer()
        let (store, folder) = try store(try server.database(), host: "one")
        defer {
            store.close()
            _ = system("rm -rf '\(folder)'")
        }
        for number in 0..<3000 {
            store.log.append(Event(.transcriptFinal, key: "c", data: ["n": .int(Int64(number))]), completion: nil)
            if number == 1500 { server.kill() }
            if number % 50 == 0 { usleep(2000) }
        }
        try await Patience.wait(for: "the alarm") { !store.log.isHealthy }
        try server.start()
        try await Patience.wait(for: "all events", seconds: 30) { store.log.lastPosition == 3000 }
        let numbers = try await store.log.read(after: 0, limit: 10_000).compactMap { $0.event.data["n"]?.int }
        #expect(numbers == Array(0..<3000))
    }

    @Test func `a server that stands still does not hold anybody longer than its limit`() async throws {
        let server = try PostgresServer()
        let engine = try PostgresEngine(.init(url: try server.database(), password: { nil }, limit: .milliseconds(500)))
        server.pause()
        let start = Moment.now()
        #expect(throws: StoreError.self) { try engine.execute("SELECT 1") }
        #expect(Moment.now() - start < .seconds(2))
        server.resume()
        try await Patience.wait(for: "the connection") { (try? engine.execute("SELECT 1")) != nil }
    }

    @Test func `a wrong password and a missing database are refused with the setting to look at`() throws {
        let server = try PostgresServer(password: "right")
        let url = "postgresql://pb@/postgres?host=\(server.folder)"
        #expect { try PostgresEngine(.init(url: url, password: { "wrong" })) } throws: {
            "\($0)".contains("store.password_secret")
        }
        #expect {
            try PostgresEngine(.init(url: url.replacing("/postgres?", with: "/nowhere?"), password: { "right" }))
        } throws: { "\($0)".contains("does not exist") && "\($0)".contains("store.url") }
        _ = try PostgresEngine(.init(url: url, password: { "right" }))
    }

    @Test func `a database with another program's tables, or without rights, is refused with the setting`() throws {
        let server = try PostgresServer()
        let url = try server.database()
        try server.run("CREATE TABLE events (id INT, subject TEXT)", url: url)
        #expect { try store(url, host: "one") } throws: {
            "\($0)".contains("already exists") && "\($0)".contains("a database of its own in store.url")
        }
        // Nothing was changed, and without the table it works.
        #expect(try server.run("SELECT count(*) FROM store_version", url: url) == ["0"])
        try server.run("DROP TABLE events", url: url)
        let (made, folder) = try store(url, host: "one")
        made.close()
        _ = system("rm -rf '\(folder)'")
        try server.run("CREATE ROLE guest LOGIN")
        let guarded = try server.database().replacing("pb@", with: "guest@")
        #expect { try store(guarded, host: "two") } throws: {
            "\($0)".contains("permission denied") && "\($0)".contains("store.url")
        }
    }

    @Test func `marks become numbers, but not in quotes`() {
        #expect(PostgresSQL.numbered("a = ? AND b = '?' OR c = ?") == "a = $1 AND b = '?' OR c = $2")
    }
}
