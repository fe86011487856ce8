import Core
import PluginHost

/// Items: when they begin, wait for a new generation, and end.
extension RouteSession {
    /// Whether the plugin has been exchanged since the stream was opened.
    var mustChange: Bool {
        guard let stream, let current = try? table.registry.lease(stream.plugin) else { return false }
        return current.generation != stream.generation
    }

    /// An item begins. If the plugin was exchanged, this is the boundary at which the new generation takes over: at once
    /// if nothing is awaited of the old one; otherwise the item waits, unless it is live audio, which cannot.
    func begin(_ item: UInt64) {
        guard let index = kept.firstIndex(where: { $0.item == item }) else { return }
        let isBehindOthers = kept.contains(where: \.isHeld)
        if !kept[index].isAudio, isBehindOthers || (machine.isOpen && !machine.isIdle && mustChange) {
            kept[index].isHeld = true
            return
        }
        renew()
        start(kept[index])
    }

    /// Leaves a generation that has been replaced, between two items.
    func renew() {
        guard machine.isOpen, machine.isIdle, mustChange else { return }
        closeStream()
        perform(machine.handle(.superseded(), at: loop.now))
    }

    func start(_ begun: KeptItem) {
        let open = machine.isOpen ? stream : nil
        let now = loop.now
        let (first, current) = (verdict(on: 0, now), machine.isOpen ? verdict(on: machine.step, now) : .free)
        if current == .barred { fail(isDown: provider) }
        perform(machine.handle(.began(begun.item, first: first, current: current), at: now))
        if begun.isComplete { perform(machine.handle(.complete(begun.item), at: loop.now)) }
        // A stream that was opened just now has been pushed the item already.
        guard let open, open === stream else { return }
        if begun.isAudio {
            _ = source?.replay(.init(item: begun.item, delivered: 0), to: self)
        } else {
            pushAgain(begun, open)
        }
    }

    /// What the breaker says of a step when an item begins; the last step is always free, there being nobody else.
    func verdict(on step: Int, _ now: Moment) -> RouteMachine.Verdict {
        guard step + 1 < route.steps.count, machine.isIdle else { return .free }
        let plugin = route.steps[step].plugin
        // The first step is admitted when it is opened; the one that is open already is not opened again.
        guard step == machine.step, let stream else { return table.breakers.verdict(plugin, at: now) }
        return table.breakers.admit(plugin, generation: stream.generation, token, at: now)
    }

    func finished(_ item: UInt64, _ lane: RouteMachine.Lane) {
        kept.removeAll { $0.item == item }
        perform(machine.handle(.finished(item, lane), at: loop.now))
        RouteMetrics.shared.request(route.kind, provider, "ok")
        releaseHeld()
    }

    /// The old generation has answered everything: what waited goes to the new one.
    func releaseHeld() {
        guard machine.isIdle, kept.contains(where: \.isHeld) else { return }
        renew()
        for index in kept.indices { kept[index].isHeld = false }
        for item in kept.map(\.item) {
            // An answer may have come inline and changed the list.
            guard let waiting = kept.first(where: { $0.item == item }) else { continue }
            start(waiting)
        }
    }
}
