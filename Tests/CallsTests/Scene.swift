import Core
import IO
import JSONKit
import PluginHost
import Routes
import Synchronization

@testable import Calls

/// A carrier's line that plays what it gets in real time, returns marks when they are reached, and drops all on `clear`.
final class PaperLine: Line {
    private let loop: ManualLoop
    private var playedUntil = Moment(microseconds: 0)
    private var marks: [(name: String, timer: TimerID)] = []
    weak var call: LiveCall?
    /// The first sample of each frame, and when it came.
    private(set) var frames: [(level: Int16, at: Moment)] = []
    private(set) var clears: [Moment] = []
    private(set) var closed: String?
    /// The most audio that was ever queued at the carrier.
    private(set) var longestQueue = Duration.zero
    /// Gaps within a stretch of frames.
    private(set) var starved = 0
    var returnsMarks = true
    var isStretch = false

    init(loop: ManualLoop) { self.loop = loop }

    func play(_ samples: Span<Int16>) {
        frames.append((samples[0], loop.now))
        if isStretch, playedUntil < loop.now { starved += 1 }
        playedUntil = max(playedUntil, loop.now) + .milliseconds(20)
        longestQueue = max(longestQueue, playedUntil - loop.now)
    }

    func mark(_ name: String) {
        guard returnsMarks else { return }
        let timer = loop.schedule(at: max(playedUntil, loop.now)) { [weak self] in
            self?.marks.removeAll { $0.name == name }
            self?.call?.marked(name)
        }
        marks.append((name, timer))
    }

    func clear() {
        clears.append(loop.now)
        playedUntil = loop.now
        // As the carrier does it: what was cleared is marked as played.
        let names = marks.map(\.name)
        for mark in marks { loop.cancel(mark.timer) }
        marks = []
        for name in names {
            _ = loop.schedule(at: loop.now + .milliseconds(1)) { [weak self] in self?.call?.marked(name) }
        }
    }

    /// Why transfers fail; nil: they do not.
    var transferProblem: String?
    private(set) var transfers: [String] = []

    func transfer(to number: String, _ done: @escaping (String?) -> Void) {
        transfers.append(number)
        done(transferProblem)
    }

    func close(reason: String) {
        closed = reason
        for mark in marks { loop.cancel(mark.timer) }
    }
}

/// A whole call on a clock of its own: real streams, real routes, providers that do as told.
final class Scene {
    let loop = ManualLoop()
    let line: PaperLine
    let registry: Registry
    let table: RouteTable
    let directory: CallDirectory
    private(set) var call: LiveCall!
    private let service: PollLoop
    private let folder = Scratch.folder()
    private let recorded = Recorded()
    private var position: Int64 = 0

    final class Recorded: Sendable {
        let events = Mutex<[Event]>([])
        let forgotten = Mutex(0)
    }

    static let document: JSON = [
        "name": "desk", "greeting": "Hello there.", "recording": false,
        "intents": [["name": "book", "examples": ["x"]], ["name": "bye", "examples": ["y"]]],
        "turn_taking": ["endpointing_ms": 400, "barge_in_min_speech_ms": 300],
        "stages": [
            [
                "name": "intro", "templates": ["no_answer": "I do not know."], "disposition": "left_early",
                "transitions": [["on": ["intent": "bye"], "to": "end"]],
            ],
            ["name": "end", "final": "done"],
        ],
    ]

    /// Configurations of the providers by kind, first choice first.
    init(
        asr: [JSON] = [[:]],
        llm: [JSON] = [["reply": "One two three. Four five six."]],
        tts: [JSON] = [["level": 100]],
        provider: String = Scratch.provider,
        limit: Int = 10,
        _ change: (inout JSONObject) -> Void = { _ in }
    ) throws {
        service = try PollLoop(name: "service")
        service.start()
        let host = HostServices(loop: loop, http: HTTPClient(loop: service), secretsFolder: folder)
        let recorded = recorded
        registry = Registry(folder: folder, host: host) { _ in }
        let record: @Sendable (Event) -> Void = { event in recorded.events.withLock { $0.append(event) } }
        table = RouteTable(registry: registry, loop: service, record: record)
        let services = CallServices(
            routes: table,
            record: record,
            remember: { _, memory in if memory == nil { recorded.forgotten.withLock { $0 += 1 } } },
            limit: limit
        )
        directory = CallDirectory(services: services, loops: [loop])
        line = PaperLine(loop: loop)
        let intents: JSON = ["intents": ["book", "bye"]]
        for (kind, configs) in [(Kind.asr, asr), (.intent, [intents]), (.llm, llm), (.tts, tts)] {
            var steps: [Step] = []
            for (index, config) in configs.enumerated() {
                let name = "\(kind.rawValue)-\(index)"
                try registry.load(path: provider, name: name, config: config)
                steps.append(Step(plugin: name, first: .milliseconds(500), next: .milliseconds(300)))
            }
            if !steps.isEmpty { table.set(try Route(name: kind.rawValue, kind: kind, steps: steps)) }
        }
        var object = Self.document.object ?? [:]
        change(&object)
        let details = CallDetails(agent: try AgentDocument(.object(object)), from: "+1", to: "+2")
        guard let shard = directory.current else { return }
        call = try shard.answer(details, line: line)
        line.call = call
    }

    func finish() {
        if call?.line != nil { call.lineClosed(reason: "the test is over") }
        call = nil
        // Timers of plugins hold the host they are part of until they are due.
        loop.advance(by: .seconds(120))
        service.stop()
        Scratch.remove(folder)
    }

    /// The line goes, and the scene lets go of the call.
    func hangUp() {
        call.lineClosed(reason: "the caller hung up")
        call = nil
    }

    // MARK: The caller

    /// Speech with a short pause every 200 ms, so that it does not become the room's noise.
    func speak(_ milliseconds: Int) {
        for frame in 0..<milliseconds / 20 { hear(frame % 10 == 9 ? 0 : 8000) }
    }

    func quiet(_ milliseconds: Int) { for _ in 0..<milliseconds / 20 { hear(0) } }

    /// Lets the agent finish what it is saying.
    func listen() {
        var patience = 3000
        while call.machine.activity != .silent, call.line != nil, patience > 0 {
            quiet(20)
            patience -= 1
        }
    }

    /// A whole utterance, until the agent has begun to answer.
    func say(_ milliseconds: Int = 600) {
        speak(milliseconds)
        quiet(500)
    }

    func hear(_ level: Int16) {
        let frame = (0..<160).map { $0 % 2 == 0 ? level : -level }
        call.hear(frame.span, at: position)
        position += 20_000
        loop.advance(by: .milliseconds(20))
    }

    // MARK: Looking

    func events(_ topic: Topic) -> [JSON] {
        recorded.events.withLock { events in events.filter { $0.topic == topic }.map(\.data) }
    }
    var openStreams: Int { registry.list().reduce(0) { $0 + $1.streams } }
    var forgotten: Int { recorded.forgotten.withLock { $0 } }
    var transcript: [String] { call.machine.conversation.lines.map { "\($0.speaker.rawValue): \($0.text)" } }
    /// Mu-law does not keep every level exactly.
    func frames(level: Int16) -> Int { line.frames.count { abs($0.level - level) < 20 } }
}
