import Core
public import PluginHost

extension RouteSession: StreamReceiver {
    public func received(_ frame: borrowing Frame, from stream: Stream) {
        guard isOurs(stream), !isClosed else { return }
        let item = frame.item
        switch frame.kind {
        case .end where kept.contains { $0.item == 0 && $0.isComplete }:
            receiver?.received(frame, from: self)
            closeStream()
            finished(0, .main)
        case .end:
            let isMissed = kept.contains { !$0.isHeld }
            let text = isMissed ? "\(stream.plugin) ended in the middle" : "ended"
            failed(PluginFailure(isMissed ? .malformed : .cancelled, isRetryable: true, message: text), stream)
        case .done: done(item, frame, stream)
        case nil: return
        default: piece(item, frame, stream)
        }
    }

    private func done(_ item: UInt64, _ frame: borrowing Frame, _ stream: Stream) {
        guard let waiting = kept.first(where: { $0.item == item }) else { return }
        guard waiting.isAnswered || waiting.mayBeEmpty || !route.kind.answersAlways else {
            let failure = PluginFailure(
                .malformed,
                isRetryable: true,
                message: "\(stream.plugin) answered with nothing"
            )
            return failed(failure, stream)
        }
        let lane = settle(item, stream)
        receiver?.received(frame, from: self)
        finished(item, lane)
    }

    private func piece(_ item: UInt64, _ frame: borrowing Frame, _ stream: Stream) {
        guard let index = kept.firstIndex(where: { $0.item == item }) else {
            if item == 0 { receiver?.received(frame, from: self) }
            return
        }
        switch Expectation.judge(frame, route.kind) {
        case .garbage:
            let failure = PluginFailure(
                .malformed,
                isRetryable: true,
                message: "\(stream.plugin) answered with nonsense"
            )
            return failed(failure, stream)
        case .aside where stream === second: return
        case .aside: return deliver(frame)
        case .piece: break
        }
        if route.kind != .asr || frame.isFinal { kept[index].isAnswered = true }
        _ = settle(item, stream)
        guard kept.contains(where: { $0.item == item }) else { return }
        // The first piece may bring the deadline nearer.
        arm()
        deliver(frame)
    }

    private func deliver(_ frame: borrowing Frame) { receiver?.received(frame, from: self) }

    /// Lets breaker and machine know of a piece. Returns the lane it counts for: a second stream that speaks first is the
    /// one in use from then on.
    private func settle(_ item: UInt64, _ stream: Stream) -> RouteMachine.Lane {
        let lane: RouteMachine.Lane = stream === second ? .hedge : .main
        let now = loop.now
        if let wait = machine.wait(for: item, lane, at: now) {
            table.breakers.answered(stream.plugin, token, after: wait, at: now)
        }
        if lane == .hedge {
            let slow = provider
            failure = PluginFailure(
                .timeout,
                isRetryable: true,
                message: "\(slow) was slow; \(stream.plugin) was first"
            )
            table.breakers.gone(slow, token, at: now)
            RouteMetrics.shared.request(route.kind, slow, "outrun")
        }
        let actions = machine.handle(.progress(item, lane), at: now)
        if !actions.isEmpty { perform(actions) }
        return .main
    }

    public func failed(_ failure: PluginFailure, from stream: Stream) {
        guard isOurs(stream), !isClosed else { return }
        failed(failure, stream)
    }
}

extension PluginFailure {
    /// Whether it says something of the provider, rather than of what was asked or of the host.
    var tellsOfProvider: Bool {
        switch code {
        case .invalid, .cancelled, .superseded, .overloaded: false
        case .refused, .unavailable, .timeout, .malformed, .fault: true
        }
    }
}
