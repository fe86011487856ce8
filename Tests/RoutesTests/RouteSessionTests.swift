import Core
import JSONKit
import PluginHost
import Testing

@testable import Routes

@Suite struct RouteSessionTests {
    @Test func `the first provider that answers wins, and nobody else is opened`() throws {
        let bench = try Bench(.llm, ["reply": "one two"], ["reply": "three"])
        defer { bench.finish() }
        #expect(bench.openStreams == 0)
        bench.ask(1)
        #expect(bench.pieces == ["1:one ", "1:two"])
        #expect(bench.finished == [1])
        #expect(bench.openStreams == 1)
        #expect(bench.fallbacks.isEmpty)
        bench.ask(2)
        #expect(bench.finished == [1, 2])
        #expect(bench.session.isIdle)
    }

    @Test func `a provider that refuses is passed over, which is an event and a counter`() throws {
        let bench = try Bench(.llm, ["refuse_for_good": 1], ["reply": "yes"])
        defer { bench.finish() }
        bench.ask(1)
        #expect(bench.pieces == ["1:yes"])
        #expect(bench.session.provider == "b")
        let event = try #require(bench.events.first { $0.topic == .routeFellBack })
        #expect(event.key == "call_1")
        #expect(event.data["from"] == "a")
        #expect(event.data["to"] == "b")
        #expect(event.data["kind"] == "llm")
        let page = Metrics.shared.render()
        #expect(page.contains("patchbay_fallbacks_total{kind=\"llm\",from=\"a\",to=\"b\"}"))
        #expect(page.contains("patchbay_provider_requests_total{kind=\"llm\",provider=\"b\",result=\"ok\"}"))
        #expect(page.contains("patchbay_provider_requests_total{kind=\"llm\",provider=\"a\",result=\"error\"}"))
    }

    @Test func `a provider that is silent is left when its time is up`() throws {
        let bench = try Bench(.llm, ["silent": 1], ["reply": "yes"])
        defer { bench.finish() }
        bench.ask(1)
        bench.loop.advance(by: .milliseconds(99))
        #expect(bench.pieces.isEmpty)
        bench.loop.advance(by: .milliseconds(1))
        #expect(bench.pieces == ["1:yes"])
        #expect(bench.openStreams == 1)
    }

    @Test func `a provider that stalls in the middle is left`() throws {
        let bench = try Bench(.llm, ["reply": "a b c d", "stall_after": 2], ["reply": "x y"])
        defer { bench.finish() }
        bench.ask(1)
        #expect(bench.pieces == ["1:a ", "1:b "])
        bench.loop.advance(by: .milliseconds(50))
        #expect(bench.pieces == ["1:a ", "1:b ", "1:x ", "1:y"])
        #expect(bench.finished == [1])
        #expect(bench.fallbacks == ["a>b"])
    }

    @Test func `a provider that dies in the middle is left, and its stream is closed`() throws {
        let bench = try Bench(.tts, ["die_after": 2, "level": 7], ["level": 9])
        defer { bench.finish() }
        bench.session.push(text: "abc", item: 1)
        bench.session.done(item: 1)
        #expect(bench.pieces == ["1:7", "1:7", "1:9", "1:9", "1:9"])
        #expect(bench.finished == [1])
        #expect(try bench.registry.info("a").streams == 0)
    }

    @Test func `a retryable refusal is tried again at the same provider`() throws {
        let bench = try Bench(.llm, ["refuse_open": 1, "reply": "late"], ["reply": "never"], tries: 2)
        defer { bench.finish() }
        bench.ask(1)
        #expect(bench.pieces.isEmpty)
        bench.loop.advance(by: .milliseconds(200))
        #expect(bench.pieces == ["1:late"])
        #expect(bench.fallbacks.isEmpty)
    }

    @Test func `with every provider down the items are given up and the next one is asked anew`() throws {
        let bench = try Bench(.llm, ["fail_items": 1, "reply": "back"], ["fail_items": 1])
        defer { bench.finish() }
        bench.ask(1)
        #expect(bench.lost == [[1]])
        #expect(bench.failure?.reason == .exhausted)
        #expect(bench.failure?.message == "this item fails")
        #expect(bench.openStreams == 0)
        bench.ask(2)
        #expect(bench.pieces == ["2:back"])
    }

    @Test func `a plugin that is not loaded is passed over`() throws {
        let bench = try Bench(.llm, ["reply": "yes"])
        defer { bench.finish() }
        let steps = [Step(plugin: "missing"), Step(plugin: "a")]
        bench.table.set(try Route(name: "other", kind: .llm, steps: steps))
        let session = try bench.table.session("other", kind: .llm, key: "k", loop: bench.loop, receiver: bench)
        session.push(json: [:], item: 1)
        session.done(item: 1)
        #expect(bench.fallbacks == ["missing>a"])
        #expect(bench.pieces == ["1:yes"])
        session.close()
    }

    @Test func `nothing of a cancelled item is delivered`() throws {
        let bench = try Bench(.llm, ["silent": 1], ["reply": "too late"])
        defer { bench.finish() }
        bench.ask(1)
        bench.session.cancel(item: 1)
        bench.loop.advance(by: .seconds(2))
        #expect(bench.pieces.isEmpty)
        #expect(bench.fallbacks.isEmpty)
        #expect(bench.session.isIdle)
    }

    @Test func `closing ends the stream and every timer`() throws {
        let bench = try Bench(.llm, ["silent": 1], ["reply": "no"])
        bench.ask(1)
        bench.session.close()
        #expect(bench.openStreams == 0)
        bench.loop.advance(by: .seconds(5))
        #expect(bench.pieces.isEmpty)
        bench.finish()
    }

    // MARK: Recognition

    @Test func `an utterance that was half recognised is replayed whole to the next provider`() throws {
        let bench = try Bench(.asr, ["silent": 1], [:])
        defer { bench.finish() }
        for level in 1...5 { bench.hear(1, level: Int16(level)) }
        bench.session.done(item: 1)
        bench.loop.advance(by: .milliseconds(100))
        #expect(bench.pieces == ["1:800 samples from 1"])
        #expect(bench.finished == [1])
    }

    @Test func `a provider that dies while the caller speaks costs no audio`() throws {
        let bench = try Bench(.asr, ["refuse_open": 1], [:])
        defer { bench.finish() }
        for level in 1...5 { bench.hear(1, level: Int16(level)) }
        bench.session.done(item: 1)
        #expect(bench.pieces == ["1:800 samples from 1"])
    }

    // MARK: Exchanging

    @Test func `the next item goes to the new generation and the old stream is closed`() throws {
        let bench = try Bench(.tts, ["level": 1])
        defer { bench.finish() }
        bench.session.push(text: "a", item: 1)
        bench.session.done(item: 1)
        try bench.swap("a", ["level": 2])
        bench.session.push(text: "b", item: 2)
        bench.session.done(item: 2)
        #expect(bench.pieces == ["1:1", "2:2"])
        #expect(bench.session.generation == 2)
        #expect(bench.fallbacks.isEmpty)
        #expect(bench.openStreams == 1)
    }

    @Test func `an item behind one that is still being answered waits for the new generation`() throws {
        let bench = try Bench(.tts, ["level": 1, "stall_after": 1], ["level": 5])
        defer { bench.finish() }
        bench.session.push(text: "ab", item: 1)
        bench.session.done(item: 1)
        try bench.swap("a", ["level": 2])
        bench.session.push(text: "c", item: 2)
        bench.session.done(item: 2)
        bench.session.push(text: "d", item: 3)
        #expect(bench.pieces == ["1:1"])
        bench.session.cancel(item: 1)
        bench.session.done(item: 3)
        #expect(bench.pieces == ["1:1", "2:2", "3:2"])
        #expect(bench.finished == [2, 3])
    }

    @Test func `a generation that is superseded in the middle of an item loses nothing and is no failure`() throws {
        let bench = try Bench(.llm, ["silent": 1], ["reply": "fallback"])
        defer { bench.finish() }
        bench.ask(1)
        let receiver = bench.session as RouteSession
        try bench.swap("a", ["reply": "new"])
        let lease = try bench.registry.lease("a")
        #expect(lease.generation == 2)
        receiver.simulateSuperseded()
        #expect(bench.pieces == ["1:new"])
        #expect(bench.fallbacks.isEmpty)
    }

    // MARK: The table

    @Test func `a route of another kind or name is refused with its name`() throws {
        let bench = try Bench(.llm, ["reply": "yes"])
        defer { bench.finish() }
        #expect(throws: RouteFailure.self) { try bench.table.get("llm", kind: .tts) }
        #expect(throws: RouteFailure.self) { try bench.table.get("missing", kind: .llm) }
        let changed = try Route(name: "llm", kind: .llm, steps: [Step(plugin: "b")])
        bench.table.set(changed)
        bench.table.set(changed)
        #expect(bench.events.filter { $0.topic == .routeChanged }.count == 2)
        #expect(bench.table.list() == [changed])
    }

    @Test func `a question off the call path gets its answer or its failure`() async throws {
        let bench = try Bench(.embedder, ["refuse_for_good": 1], [:])
        let answers = try await bench.table.ask(.embedder, .text("four"), within: .seconds(5))
        #expect(answers == [.vector([1, 2, 4])])
        await #expect(throws: RouteFailure.self) { try await bench.table.ask(.crm, .json([:])) }
        bench.finish()
    }

    @Test func `a question that nobody answers ends in time`() async throws {
        let bench = try Bench(.embedder, ["silent": 1])
        let failure = await #expect(throws: RouteFailure.self) {
            try await bench.table.ask(.embedder, .text("x"), within: .milliseconds(50))
        }
        #expect(failure?.reason == .timedOut)
        bench.finish()
    }

    @Test func `a blob ends with its stream`() async throws {
        let bench = try Bench(.blobs, [:])
        let bytes = [UInt8](repeating: 1, count: 5000)
        let answers = try await bench.table.ask(.blobs, .bytes(bytes), options: ["key": "k"], within: .seconds(5))
        guard case .json(let stored)? = answers.first else {
            throw RouteFailure(.cancelled, route: "", kind: nil, retryable: false, message: "")
        }
        #expect(stored["bytes"] == 5000)
        bench.finish()
    }
}

extension RouteSession {
    /// What the registry does to the streams of an old generation when their time is up.
    fileprivate func simulateSuperseded() {
        guard let stream = openStream else { return }
        failed(PluginFailure(.superseded, isRetryable: true, message: "superseded"), from: stream)
    }
}
