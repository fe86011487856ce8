import Core
import JSONKit
import PluginHost

/// One question through a route of its own session; collects the answer. Confined to its loop; keeps itself alive until
/// it is answered.
final class Inquiry: RouteReceiver {
    private var answers: [Answer] = []
    private var session: RouteSession?
    private var timer: TimerID?
    private let loop: any EventLoop
    private var completion: ((Result<[Answer], RouteFailure>) -> Void)?
    private var own: Inquiry?

    init(loop: any EventLoop, completion: @escaping (Result<[Answer], RouteFailure>) -> Void) {
        (self.loop, self.completion) = (loop, completion)
        own = self
    }

    /// A blob is its whole stream: item 0, ended by END. Everything else is item 1.
    func ask(_ question: Question, _ session: RouteSession, within limit: Duration) {
        self.session = session
        let route = session.route
        timer = loop.schedule(after: limit) { [weak self] in
            let message = "no answer within \(limit.wholeMilliseconds) ms"
            self?.finish(
                .failure(
                    RouteFailure(.timedOut, route: route.name, kind: route.kind, retryable: true, message: message)
                )
            )
        }
        let item: UInt64 = route.kind == .blobs ? 0 : 1
        switch question {
        case .text(let text): session.push(text: text, item: item)
        case .json(let json): session.push(json: json, item: item)
        case .bytes(let bytes): session.push(bytes: bytes, item: item)
        }
        session.done(item: item)
    }

    func finish(_ result: Result<[Answer], RouteFailure>) {
        guard let completion else { return }
        self.completion = nil
        if let timer { loop.cancel(timer) }
        session?.close()
        session = nil
        completion(result)
        own = nil
    }

    func received(_ frame: borrowing Frame, from session: RouteSession) {
        switch frame.kind {
        case .text: answers.append(.text(frame.text))
        case .json: if let json = try? frame.json() { answers.append(.json(json)) }
        case .vector: answers.append(.vector(frame.vector))
        case .bytes: answers.append(.bytes(frame.withBytes { bytes in [UInt8](bytes) }))
        case .done, .end: finish(.success(answers))
        default: break
        }
    }

    func fellBack(from: String, to: String, because: PluginFailure, session: RouteSession) { answers = [] }

    func exhausted(_ failure: RouteFailure, items: [UInt64], from session: RouteSession) { finish(.failure(failure)) }
}
