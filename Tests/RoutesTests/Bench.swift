import Core
import IO
import JSONKit
import PluginHost
import Synchronization

@testable import Routes

/// Providers that do as told, a route over them, a session on a clock of its own, and everything it delivered.
final class Bench: RouteReceiver, ReplaySource {
    let registry: Registry
    let table: RouteTable
    let loop = ManualLoop()
    private let service: PollLoop
    private let folder: String
    private let recorded = Recorded()
    private(set) var pieces: [String] = []
    private(set) var finished: [UInt64] = []
    private(set) var fallbacks: [String] = []
    private(set) var lost: [[UInt64]] = []
    private(set) var failure: RouteFailure?
    private(set) var session: RouteSession!
    /// The caller's audio: what a replay brings again.
    var audio: [Int16] = []
    var replays: [RouteMachine.Unanswered] = []

    final class Recorded: Sendable {
        let events = Mutex<[Event]>([])
    }

    /// Providers are called a, b, ...; each is one step.
    init(_ kind: Kind = .llm, _ providers: JSON..., tries: Int = 1) throws {
        folder = Scratch.folder()
        service = try PollLoop(name: "service")
        service.start()
        let host = HostServices(loop: service, http: HTTPClient(loop: service), secretsFolder: folder)
        let recorded = recorded
        registry = Registry(folder: folder, host: host) { event in recorded.events.withLock { $0.append(event) } }
        table = RouteTable(registry: registry, loop: service) { event in recorded.events.withLock { $0.append(event) } }
        var steps: [Step] = []
        for (index, config) in providers.enumerated() {
            let name = String(UnicodeScalar(UInt8(97 + index)))
            try registry.load(path: Scratch.provider, name: name, config: config)
            steps.append(
                Step(plugin: name, tries: tries, first: .milliseconds(100), next: .milliseconds(50), total: .seconds(1))
            )
        }
        table.set(try Route(name: kind.rawValue, kind: kind, steps: steps))
        session = try table.session(
            kind.rawValue,
            kind: kind,
            key: "call_1",
            loop: loop,
            receiver: self,
            replay: kind == .asr ? self : nil
        )
    }

    func finish() {
        session.close()
        service.stop()
        Scratch.remove(folder)
    }

    var events: [Event] { recorded.events.withLock { $0 } }
    var openStreams: Int { registry.list().reduce(0) { $0 + $1.streams } }

    func ask(_ item: UInt64) {
        session.push(json: ["messages": []], item: item)
        session.done(item: item)
    }

    func swap(_ name: String, _ config: JSON, drain: Duration? = nil) throws {
        _ = try registry.swap(name, config: config, drain: drain)
    }

    func received(_ frame: borrowing Frame, from session: RouteSession) {
        switch frame.kind {
        case .done: finished.append(frame.item)
        case .audio: pieces.append("\(frame.item):\(frame.withAudio { $0[0] })")
        default: pieces.append("\(frame.item):\(frame.text)")
        }
    }

    func fellBack(from: String, to: String, because: PluginFailure, session: RouteSession) {
        fallbacks.append("\(from)>\(to)")
    }

    func exhausted(_ failure: RouteFailure, items: [UInt64], from session: RouteSession) {
        lost.append(items)
        self.failure = failure
    }

    func replay(_ item: RouteMachine.Unanswered, to session: RouteSession) -> Bool {
        replays.append(item)
        let samples = audio
        session.push(audio: samples.span, item: item.item, at: 0)
        return true
    }

    /// 20 ms of the caller, live.
    func hear(_ item: UInt64, level: Int16 = 1) {
        let frame = [Int16](repeating: level, count: 160)
        if audio.isEmpty || session.isIdle {
            audio += frame
            session.begin(audio: item)
        } else {
            audio += frame
            session.push(audio: frame.span, item: item, at: 0)
        }
    }
}
