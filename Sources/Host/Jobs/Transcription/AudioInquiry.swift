import Core
import JSONKit
import Media
import PluginHost
import Routes

/// One piece of speech through a recognition route, in a session of its own; faster than it was spoken, but not so fast that
/// whoever listens is overrun. Confined to its loop; keeps itself alive until it is answered.
final class AudioInquiry: RouteReceiver, ReplaySource {
    private let samples: [Int16]
    private let rate: Int
    private let loop: any EventLoop
    private var completion: ((Result<String, RouteFailure>) -> Void)?
    private var session: RouteSession?
    private var resampler: Resampler?
    private var pushed = 0
    private var isComplete = false
    private var text = ""
    private var timer: TimerID?
    private var own: AudioInquiry?

    /// How many times faster than it was spoken.
    private static let speed = 20
    private static let item: UInt64 = 1

    init(
        _ samples: [Int16],
        rate: Int,
        loop: any EventLoop,
        completion: @escaping (Result<String, RouteFailure>) -> Void
    ) {
        (self.samples, self.rate, self.loop, self.completion) = (samples, rate, loop, completion)
        own = self
    }

    /// What is said in a piece; empty where nothing is understood.
    static func ask(
        _ routes: RouteTable,
        route: String,
        _ samples: [Int16],
        rate: Int,
        options: JSON,
        key: String,
        loop: any EventLoop,
        within limit: Duration
    ) async throws(RouteFailure) -> String {
        let result: Result<String, RouteFailure> = await withCheckedContinuation { continuation in
            loop.perform {
                let inquiry = AudioInquiry(samples, rate: rate, loop: loop) { continuation.resume(returning: $0) }
                inquiry.ask(routes, route: route, options: options, key: key, within: limit)
            }
        }
        return try result.get()
    }

    private func ask(_ routes: RouteTable, route: String, options: JSON, key: String, within limit: Duration) {
        do throws(RouteFailure) {
            session = try routes.session(
                route,
                kind: .asr,
                options: options,
                key: key,
                loop: loop,
                receiver: self,
                replay: self
            )
        } catch { return finish(.failure(error)) }
        timer = loop.schedule(after: limit) { [weak self] in
            let message = "a piece of \(limit) was not understood in time"
            self?.finish(
                .failure(RouteFailure(.timedOut, route: route, kind: .asr, retryable: true, message: message))
            )
        }
        session?.begin(audio: Self.item)
        feed()
    }

    /// Pushes the next tenth of a second until all is said.
    private func feed() {
        guard let session, !isComplete else { return }
        let next = min(samples.count, pushed + rate / 10)
        push(from: pushed, to: next, session)
        pushed = next
        guard pushed == samples.count else {
            loop.schedule(after: .microseconds(100_000 / Self.speed)) { [weak self] in self?.feed() }
            return
        }
        isComplete = true
        session.done(item: Self.item)
    }

    private func push(from start: Int, to end: Int, _ session: RouteSession) {
        guard end > start else { return }
        let piece = Array(samples[start..<end])
        let time = UInt64(start) * 1_000_000 / UInt64(rate)
        guard session.sampleRate != rate else {
            return session.push(audio: piece.span, item: Self.item, at: time)
        }
        if resampler?.outputRate != session.sampleRate {
            resampler = try? Resampler(from: rate, to: session.sampleRate)
        }
        var converted: [Int16] = []
        resampler?.process(piece.span) { part in for index in part.indices { converted.append(part[index]) } }
        session.push(audio: converted.span, item: Self.item, at: time)
    }

    /// Another stream begins where the first one did.
    func replay(_ item: RouteMachine.Unanswered, to session: RouteSession) -> Bool {
        resampler = nil
        text = ""
        push(from: 0, to: pushed, session)
        return true
    }

    func received(_ frame: borrowing Frame, from session: RouteSession) {
        switch frame.kind {
        case .text where frame.isFinal: text = frame.text
        case .done, .end: finish(.success(text))
        default: break
        }
    }

    func fellBack(from: String, to: String, because: PluginFailure, session: RouteSession) {}

    func exhausted(_ failure: RouteFailure, items: [UInt64], from session: RouteSession) { finish(.failure(failure)) }

    private func finish(_ result: Result<String, RouteFailure>) {
        guard let completion else { return }
        self.completion = nil
        if let timer { loop.cancel(timer) }
        session?.close()
        session = nil
        completion(result)
        own = nil
    }
}
