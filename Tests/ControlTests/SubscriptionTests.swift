import Core
import JSONKit
import Store
import Testing

/// event.subscribe: everything, once, in order, however slow the reader.
@Suite struct SubscriptionTests {
    let bench: ControlBench

    init() throws { bench = try ControlBench() }

    private func append(_ count: Int, _ topic: Topic = .transcriptFinal, key: String = "call_a") async throws {
        for number in 1..<max(1, count) {
            bench.store.log.append(Event(topic, key: key, data: ["n": .int(Int64(number))]), completion: nil)
        }
        if count > 0 { try await bench.store.log.append(Event(topic, key: key, data: ["n": .int(Int64(count))])) }
    }

    private func positions(_ peer: Peer, _ count: Int) throws -> [Int64] {
        var found: [Int64] = []
        while found.count < count {
            let message = try peer.json()
            guard message["method"] == "event.notify" else { continue }
            found.append(try #require(message["params"]?["event"]?["position"]?.int))
        }
        return found
    }

    @Test func `from the beginning, then live, without a gap and without a repeat`() async throws {
        try await append(700)
        let peer = try bench.connect()
        let answer = try peer.call("event.subscribe", ["after": 0])
        #expect(answer["result"]?["position"] == 0, "the answer comes before the first event")
        for _ in 1...300 { bench.store.log.append(Event(.callStarted, key: "call_a"), completion: nil) }
        #expect(try positions(peer, 1000) == Array(1...1000))
    }

    @Test func `without a position only what is new is told`() async throws {
        try await append(5)
        let peer = try bench.connect()
        #expect(try peer.call("event.subscribe")["result"]?["position"] == 5)
        try await append(2)
        #expect(try positions(peer, 2) == [6, 7])
    }

    @Test func `in a batch the first event still comes after the answers`() async throws {
        try await append(3)
        let peer = try bench.connect()
        let batch = try peer.ask(
            #"[{"jsonrpc":"2.0","id":1,"method":"event.subscribe","params":{"after":0}},"#
                + #"{"jsonrpc":"2.0","id":2,"method":"agent.list"}]"#
        )
        #expect(batch.array?.count == 2)
        #expect(try positions(peer, 3) == [1, 2, 3])
    }

    @Test func `not even a request behind the batch lets an event overtake its answers`() async throws {
        try await append(3)
        let peer = try bench.connect()
        let slow = #",{"jsonrpc":"2.0","id":2,"method":"agent.list"}"#
        peer.send(
            #"[{"jsonrpc":"2.0","id":1,"method":"event.subscribe","params":{"after":0}}"#
                + String(repeating: slow, count: 200) + "]\n" + #"{"jsonrpc":"2.0","id":3,"method":"system.health"}"#
                + "\n"
        )
        var isBatchAnswered = false
        var events = 0
        while events < 3 {
            let message = try peer.json()
            if message.array != nil { isBatchAnswered = true }
            guard message["method"] == "event.notify" else { continue }
            #expect(isBatchAnswered)
            events += 1
        }
    }

    @Test func `topics and a call choose what is told`() async throws {
        try await append(2, .callStarted, key: "call_a")
        try await append(2, .callEnded, key: "call_b")
        try await append(2, .callEnded, key: "call_a")
        let peer = try bench.connect()
        _ = try peer.call("event.subscribe", ["after": 0, "topics": ["call.ended"], "call": "call_a"])
        #expect(try positions(peer, 2) == [5, 6])
    }

    @Test func `an ended subscription is silent, and ends with its connection`() async throws {
        let peer = try bench.connect()
        let id = try #require(try peer.call("event.subscribe")["result"]?["subscription"])
        #expect(try peer.call("event.unsubscribe", ["subscription": id])["result"] != nil)
        #expect(try peer.call("event.unsubscribe", ["subscription": id])["error"]?["code"] == 1001)
        try await append(3)
        #expect(try peer.call("system.health")["id"] == 1, "and not an event")
        try await subscribeAndLeave()
        try await append(3)
        #expect(try peer.call("system.health")["result"] != nil)
    }

    private func subscribeAndLeave() async throws {
        let gone = try bench.connect()
        _ = try gone.call("event.subscribe", ["after": 0])
    }

    @Test func `seventeen subscriptions are one too many`() throws {
        let peer = try bench.connect()
        for _ in 1...16 { #expect(try peer.call("event.subscribe")["result"] != nil) }
        #expect(try peer.call("event.subscribe")["error"]?["data"]?["error"] == "limit_exceeded")
    }

    @Test func `over all connections there is a bound, and who leaves makes room`() throws {
        var peers = try (0..<16).map { _ in try bench.connect() }
        for peer in peers {
            for _ in 1...16 { #expect(try peer.call("event.subscribe")["result"] != nil) }
        }
        let more = try bench.connect()
        #expect(try more.call("event.subscribe")["error"]?["code"] == 1005)
        peers = []
        // The host hears of the end of a connection a moment later.
        var isRoom = false
        for _ in 0..<1000 where !isRoom { isRoom = try more.call("event.subscribe")["result"] != nil }
        #expect(isRoom)
    }

    @Test func `a position that does not exist yet is refused`() throws {
        let answer = try bench.connect().call("event.subscribe", ["after": 99])
        #expect(answer["error"]?["data"]?["field"] == "after")
    }

    @Test func `a slow reader holds nobody up, is told that it is behind, and misses nothing`() async throws {
        let slow = try bench.connect()
        _ = try slow.call("event.subscribe", ["after": 0])
        // More than the kernel's buffer and the host's bound together.
        let text = String(repeating: "word ", count: 200)
        for number in 1..<3000 {
            let event = Event(.transcriptFinal, key: "call_a", data: ["text": .string(text), "n": .int(Int64(number))])
            bench.store.log.append(event, completion: nil)
        }
        try await bench.store.log.append(Event(.transcriptFinal, key: "call_a"))
        let quick = try bench.connect()
        _ = try quick.call("event.subscribe", ["after": 0])
        #expect(try positions(quick, 3000) == Array(1...3000))
        var lags = 0
        var seen: [Int64] = []
        while seen.count < 3000 {
            let message = try slow.json()
            if message["method"] == "event.lagged" {
                lags += 1
                #expect(message["params"]?["next"]?.int == seen.last)
            } else {
                seen.append(try #require(message["params"]?["event"]?["position"]?.int))
            }
        }
        #expect(seen == Array(1...3000))
        #expect(lags > 0)
    }
}
