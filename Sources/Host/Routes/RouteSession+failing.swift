import Core
import PluginHost

/// Failures and deadlines.
extension RouteSession {
    func failed(_ error: PluginError, _ source: Stream?) {
        if case .stream(let failure) = error { return failed(failure, source) }
        failed(PluginFailure(.unavailable, isRetryable: false, message: error.description), source)
    }

    /// `source` is nil where no stream could be opened.
    func failed(_ failure: PluginFailure, _ source: Stream?) {
        guard let source else { return failed(failure, .main, provider) }
        guard isOurs(source) else { return }
        failed(failure, source === second ? .hedge : .main, source.plugin)
    }

    func failed(_ failure: PluginFailure, _ lane: RouteMachine.Lane, _ plugin: String) {
        RouteMetrics.shared.request(route.kind, plugin, failure)
        if failure.tellsOfProvider, !machine.isIdle {
            table.breakers.failed(plugin, token, retryAfter: failure.retryAfter, at: loop.now)
        }
        if lane == .main {
            self.failure = failure
            closeStream()
        } else {
            closeSecond()
        }
        guard failure.code != .superseded else { return perform(machine.handle(.superseded(lane), at: loop.now)) }
        let (retryable, wait) = (failure.isRetryable, failure.retryAfter)
        perform(machine.handle(.failed(lane, retryable: retryable, retryAfter: wait), at: loop.now))
    }

    /// One timer, moved lazily: a piece that puts the deadline off costs nothing.
    func arm() {
        guard !isClosed, let wakeAt = machine.wakeAt else { return }
        if let timer {
            guard wakeAt < timer.at else { return }
            loop.cancel(timer.id)
        }
        // Weak: a session that nobody closed must not outlive those it speaks to.
        let id = loop.schedule(at: wakeAt) { [weak self] in self?.due() }
        timer = (id, wakeAt)
    }

    func due() {
        timer = nil
        perform(machine.handle(.due, at: loop.now))
    }
}
