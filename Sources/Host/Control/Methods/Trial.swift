import Core
import JSONKit
import PluginHost
import Routes

/// `route.test`: one question asked through a route, with everything that happens written down. Confined to the worker's
/// loop; keeps itself alive until it is over.
final class Trial: RouteReceiver {
    private let route: Route
    private let loop: any EventLoop
    private let begun = Moment.now()
    private var completion: ((Result<JSON, Failure>) -> Void)?
    private var session: RouteSession?
    private var first: Moment?
    private var attempts: [JSON] = []
    private var output: [JSON] = []
    private var timer: TimerID?
    private var own: Trial?

    /// Longer than any step should take, shorter than the method's deadline.
    private static let limit: Duration = .seconds(30)
    /// Pieces that are reported.
    private static let outputBound = 200

    init(of route: Route, on loop: any EventLoop, _ completion: @escaping (Result<JSON, Failure>) -> Void) {
        (self.route, self.loop, self.completion) = (route, loop, completion)
        own = self
    }

    /// Asks. `options` nil: what suits the kind.
    func start(_ input: JSON, _ options: JSON?, _ table: RouteTable) {
        do throws(RouteFailure) {
            session = try table.session(
                route.name,
                kind: route.kind,
                options: options ?? Self.options(for: route.kind),
                key: "route.test",
                loop: loop,
                receiver: self
            )
        } catch { return finish(.failure(Failure(error))) }
        timer = loop.schedule(after: Self.limit) { [weak self] in
            self?.finish(.failure(Failure(.timedOut, "no answer within \(Self.limit.wholeMilliseconds) ms")))
        }
        push(input)
    }

    private func push(_ input: JSON) {
        guard let session else { return }
        // A blob is its whole stream, item 0; everything else is an item.
        let item: UInt64 = route.kind == .blobs ? 0 : 1
        switch (route.kind, input) {
        case (.asr, _):
            let silence = [Int16](repeating: 0, count: 8000)
            session.push(audio: silence.span, item: item, at: 0)
        case (.llm, .string(let text)):
            session.push(json: ["messages": [["role": "user", "content": .string(text)]], "context": [:]], item: item)
        case (.crm, .string(let text)):
            let record: JSON = [
                "id": .string(EventID.make().rawValue), "type": "route.test",
                "at": .string(Timestamp.now().description),
                "data": ["text": .string(text)],
            ]
            session.push(json: record, item: item)
        case (.blobs, _): session.push(bytes: Array((input.string ?? input.description).utf8), item: item)
        case (_, .string(let text)): session.push(text: text, item: item)
        default: session.push(json: input, item: item)
        }
        session.done(item: item)
    }

    /// The members that each kind's contract always wants.
    private static func options(for kind: Core.Kind) -> JSON {
        switch kind {
        case .asr, .tts: ["sample_rate": 8000, "language": "en-US"]
        case .intent:
            [
                "language": "en-US",
                "labels": [
                    ["name": "greeting", "examples": ["hello", "good morning"]],
                    ["name": "goodbye", "examples": ["goodbye", "that is all"]],
                ],
            ]
        case .llm: ["language": "en-US"]
        case .blobs: ["key": "test/route.test", "content_type": "text/plain"]
        default: [:]
        }
    }

    // MARK: RouteReceiver

    func received(_ frame: borrowing Frame, from session: RouteSession) {
        if frame.kind != .done, frame.kind != .end {
            first = first ?? .now()
            append(Self.piece(frame))
            return
        }
        finish(.success(report(session.provider)))
    }

    /// A reply comes in pieces that are meant to be joined.
    private func append(_ piece: JSON) {
        if route.kind == .llm, case .string(let more) = piece, case .string(let text) = output.last {
            output[output.count - 1] = .string(text + more)
        } else if output.count < Self.outputBound {
            output.append(piece)
        }
    }

    private static func piece(_ frame: borrowing Frame) -> JSON {
        switch frame.kind {
        case .text: .string(frame.text)
        case .json: (try? frame.json()) ?? .null
        case .vector: .array(frame.vector.prefix(8).map { .double(Double($0)) })
        default: .int(Int64(frame.byteCount))
        }
    }

    func fellBack(from: String, to: String, because: PluginFailure, session: RouteSession) {
        output = []
        attempts.append(["plugin": .string(from), "reason": .string(because.description)])
    }

    func exhausted(_ failure: RouteFailure, items: [UInt64], from session: RouteSession) {
        finish(.failure(Failure(failure)))
    }

    private func report(_ plugin: String) -> JSON {
        let now = Moment.now()
        return [
            "route": .string(route.name), "kind": .string(route.kind.rawValue), "answered": true,
            "plugin": .string(plugin), "duration_ms": .double(milliseconds(now)),
            "first_ms": .double(milliseconds(first ?? now)), "attempts": .array(attempts), "output": .array(output),
        ]
    }

    private func milliseconds(_ moment: Moment) -> Double { Double(moment.microseconds - begun.microseconds) / 1000 }

    private func finish(_ outcome: Result<JSON, Failure>) {
        guard let completion else { return }
        self.completion = nil
        if let timer { loop.cancel(timer) }
        session?.close()
        session = nil
        completion(outcome)
        own = nil
    }
}
