import Core
import IO
import JSONKit
import Media
import PluginHost
import Routes
import Synchronization
import Testing

@testable import Calls

/// What crosses threads: retrieval, recording, the directory. On a real loop, in real time, kept short.
@Suite struct RealTimeTests {
    final class Log: Sendable {
        let events = Mutex<[Event]>([])

        func first(_ topic: Topic) async throws -> JSON {
            for _ in 0..<500 {
                if let found = events.withLock({ $0.first { $0.topic == topic } }) { return found.data }
                try await Task.sleep(for: .milliseconds(10))
            }
            throw CallFailure.invalid("no \(topic.rawValue) within 5 s")
        }
    }

    /// Takes what it is given, and says at once that it was heard.
    final class QuickLine: Line {
        weak var call: LiveCall?
        let loop: PollLoop

        init(_ loop: PollLoop) { self.loop = loop }

        func play(_ samples: Span<Int16>) {}
        func mark(_ name: String) {
            loop.schedule(after: .milliseconds(80)) { [weak self] in self?.call?.marked(name) }
        }
        func clear() {}
        func transfer(to number: String, _ done: @escaping (String?) -> Void) { done("not here") }
        func close(reason: String) {}
    }

    @Test func `what is found reaches the model, and the recording reaches its store`() async throws {
        let folder = Scratch.folder()
        defer { Scratch.remove(folder) }
        let loop = try PollLoop(name: "calls")
        let service = try PollLoop(name: "service")
        loop.start()
        service.start()
        let recorder = Recorder()
        let host = HostServices(loop: service, http: HTTPClient(loop: service), secretsFolder: folder)
        let registry = Registry(folder: folder + "/plugins", host: host) { _ in }
        let log = Log()
        let record: @Sendable (Event) -> Void = { event in log.events.withLock { $0.append(event) } }
        let table = RouteTable(registry: registry, loop: service, record: record)
        let configs: [(Kind, JSON)] = [
            (.asr, ["texts": ["what does it cost"]]), (.llm, ["reply": "Ten pounds."]), (.tts, [:]), (.blobs, [:]),
        ]
        for (kind, config) in configs {
            try registry.load(path: Scratch.provider, name: kind.rawValue, config: config)
            table.set(try Route(name: kind.rawValue, kind: kind, steps: [Step(plugin: kind.rawValue)]))
        }
        let asked = Mutex<[String]>([])
        let services = CallServices(
            routes: table,
            record: record,
            retrieve: { collection, text, _ in
                asked.withLock { $0.append("\(collection): \(text)") }
                return [Passage(text: "It costs ten pounds.", score: 1, document: "d")]
            },
            recorder: recorder,
            recordings: folder
        )
        let directory = CallDirectory(services: services, loops: [loop])
        let agent = try AgentDocument([
            "name": "desk", "collections": ["handbook"], "stages": [["name": "talk", "retrieve": true]],
        ])
        let details = CallDetails(agent: agent, from: "+1", to: "+2")
        loop.perform {
            let line = QuickLine(loop)
            guard let call = try? directory.current?.answer(details, line: line) else { return }
            line.call = call
            Self.caller(call, loop, frame: 0)
        }
        #expect(try await log.first(.transcriptFinal)["text"] == "what does it cost")
        #expect(try await log.first(.replySpoken)["text"] == "Ten pounds.")
        #expect(asked.withLock { $0 } == ["handbook: what does it cost"])

        let live = await directory.list()
        #expect(live.map(\.id) == [details.id])
        #expect(live.first?.transcript.count == 2)
        #expect(live.first?.session["last_transcript"] == "what does it cost")
        try await directory.say(details.id, text: "Anything else?")
        await #expect(throws: CallFailure.notLive(CallID("call_other"))) {
            try await directory.say(CallID("call_other"), text: "x")
        }
        await #expect(throws: CallFailure.invalid("text must have 1 to 2,000 characters")) {
            try await directory.say(details.id, text: "")
        }
        try await directory.hangup(details.id, reason: "enough")
        let stored = try await log.first(.recordingFinished)
        #expect(stored["url"] == "fake:blob")
        #expect(stored["channels"] == 2)
        #expect(stored["seconds"]?.double ?? 0 > 1)
        // The header and four bytes a sample.
        #expect(stored["bytes"]?.int == Int64(44 + 4 * ((stored["seconds"]?.double ?? 0) * 8000).rounded()))
        #expect(try await log.first(.callEnded)["recording"]?["url"] == "fake:blob")
        // It goes when the log has the fact: whoever keeps the log lets go of it.
        #expect(stored["uploaded"] == true)
        #expect(Scratch.exists("\(folder)/\(details.id.rawValue).wav"))
        #expect(await directory.get(details.id) == nil)
        await directory.drain(within: .seconds(1))
        recorder.stop()
        loop.stop()
        service.stop()
    }

    /// Half a second of speech, then silence, frame by frame.
    private static func caller(_ call: LiveCall, _ loop: PollLoop, frame: Int) {
        guard call.line != nil else { return }
        let level: Int16 = (5..<30).contains(frame) ? 8000 : 0
        let samples = (0..<160).map { $0 % 2 == 0 ? level : -level }
        call.hear(samples.span, at: Int64(frame) * 20_000)
        loop.schedule(after: .milliseconds(20)) { caller(call, loop, frame: frame + 1) }
    }
}
