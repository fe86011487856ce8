public import Core
import Synchronization

/// The calls of one loop, and the one timer that paces them all. Confined to its loop.
public final class Shard {
    public let loop: any EventLoop
    let services: CallServices
    private let load: CallLoad
    private let metrics = CallMetrics()
    private let paces = VoicePaces()
    private(set) var calls: [CallID: LiveCall] = [:]
    /// Calls that have something to play.
    private var speaking: [LiveCall] = []
    private var nextTick: Moment?

    init(loop: any EventLoop, services: CallServices, load: CallLoad) {
        (self.loop, self.services, self.load) = (loop, services, load)
    }

    /// Starts a call on a line that is ready for audio: the agent greets at once.
    /// - Throws: `.full` or `.draining`.
    public func answer(_ details: CallDetails, line: any Line) throws(CallFailure) -> LiveCall {
        try load.enter()
        let call = LiveCall(
            details,
            line: line,
            loop: loop,
            services: services,
            metrics: metrics,
            paces: paces,
            onActive: { [weak self] in self?.activate($0) },
            onFinish: { [weak self] in self?.remove($0) }
        )
        calls[details.id] = call
        metrics.active.add(1)
        call.start()
        return call
    }

    private func remove(_ call: LiveCall) {
        guard calls.removeValue(forKey: call.details.id) != nil else { return }
        metrics.active.add(-1)
        load.leave()
    }

    private func activate(_ call: LiveCall) {
        speaking.append(call)
        if nextTick == nil { schedule(after: loop.now) }
    }

    /// The grid of 20 ms does not drift with the time a tick takes; missed ticks are not made up for, the lead is.
    private func schedule(after now: Moment) {
        let next = max((nextTick ?? now) + .milliseconds(20), now + .milliseconds(1))
        nextTick = next
        loop.schedule(at: next) { [weak self] in self?.tick() }
    }

    private func tick() {
        let now = loop.now
        var index = 0
        while index < speaking.count {
            if speaking[index].tick(now) {
                index += 1
            } else {
                speaking[index].isTicking = false
                speaking.swapAt(index, speaking.count - 1)
                speaking.removeLast()
            }
        }
        if speaking.isEmpty { nextTick = nil } else { schedule(after: now) }
    }
}
