import Core
import Glibc
import IO
import JSONKit
import Synchronization

/// One stream of a plugin that is being checked, and what became of it. Confined to the loop.
final class CheckProbe: StreamReceiver {
    enum Outcome: Sendable {
        case done
        case failed(String)
        /// Nothing came in time.
        case silent
        /// More than one end.
        case twice
    }

    static let limit: Duration = .seconds(20)
    /// After the end the plugin has this long to end again.
    private static let grace: Duration = .milliseconds(20)
    private let instance: Instance
    private let loop: PollLoop
    private var stream: Stream?
    private var ends = 0
    private var timer: TimerID?
    private var completion: ((Outcome) -> Void)?

    /// Kinds whose streams can be tried without consequences.
    static func knows(_ kind: Core.Kind) -> Bool { [.asr, .intent, .llm, .tts, .embedder].contains(kind) }

    /// Runs one probe and waits for its outcome.
    static func run(
        _ instance: Instance,
        on loop: PollLoop,
        _ body: @escaping @Sendable (CheckProbe) -> Void
    ) -> Outcome {
        let box = Handover()
        loop.perform {
            let probe = CheckProbe(instance, loop) { box.put($0) }
            // A timer left behind would keep the plugin from being destroyed.
            probe.timer = loop.schedule(after: limit) { probe.finish(.silent) }
            probe.open()
            if probe.completion != nil { body(probe) }
        }
        return box.take()
    }

    private init(_ instance: Instance, _ loop: PollLoop, _ completion: @escaping (Outcome) -> Void) {
        (self.instance, self.loop, self.completion) = (instance, loop, completion)
    }

    private func open() {
        do throws(PluginError) {
            stream = try Stream(
                instance,
                interface: instance.kind.interface ?? "",
                options: Self.options(for: instance.kind),
                loop: loop,
                receiver: self
            )
        } catch { finish(.failed("\(error)")) }
    }

    // MARK: What is tried

    /// One item, up to its end.
    func ask() { push() }

    /// One item, cancelled while it is under way; the end must not be asked for twice.
    func askAndCancel() {
        push()
        stream?.cancel(item: 1)
        stream?.cancel(item: 1)
        finish(.done)
    }

    /// One item, and the stream is closed in the middle of it.
    func askAndClose() {
        push()
        finish(.done)
    }

    private func push() {
        guard let stream else { return }
        do throws(PluginError) {
            switch instance.kind {
            case .asr:
                let silence = [Int16](repeating: 0, count: 1600)
                let samples = silence.span
                try stream.push(audio: samples, item: 1, at: 0)
            case .llm:
                let hello: JSON = ["messages": [["role": "user", "content": "Hello."]], "context": [:]]
                try stream.push(json: hello, item: 1)
            default: try stream.push(text: "Hello, this is a test.", item: 1)
            }
            try stream.done(item: 1)
        } catch { finish(.failed("\(error)")) }
    }

    private static func options(for kind: Core.Kind) -> JSON {
        switch kind {
        case .asr, .tts: ["sample_rate": 8000, "language": "en-US"]
        case .intent: ["language": "en-US", "labels": [["name": "greeting", "examples": ["hello", "good morning"]]]]
        case .llm: ["language": "en-US"]
        default: [:]
        }
    }

    // MARK: StreamReceiver

    func received(_ frame: borrowing Frame, from stream: Stream) {
        guard frame.kind == .done || frame.kind == .end else { return }
        ends += 1
        guard ends == 1 else { return finish(.twice) }
        loop.schedule(after: Self.grace) { self.finish(.done) }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { finish(.failed(failure.description)) }

    private func finish(_ outcome: Outcome) {
        guard let completion else { return }
        self.completion = nil
        if let timer { loop.cancel(timer) }
        stream?.close()
        stream = nil
        completion(outcome)
    }

    /// Carries the outcome to the thread that waits for it.
    private final class Handover: Sendable {
        private let outcome = Mutex<Outcome?>(nil)

        func put(_ value: Outcome) { outcome.withLock { $0 = value } }

        /// Waits; the probe's own limit bounds the wait.
        func take() -> Outcome {
            while true {
                if let value = outcome.withLock({ $0 }) { return value }
                usleep(1000)
            }
        }
    }
}
