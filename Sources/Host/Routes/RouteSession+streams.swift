import Core
import JSONKit
import PluginHost

/// Performs what the machine decides: opens, replays, leaves and gives up.
extension RouteSession {
    func perform(_ actions: [RouteMachine.Action]) {
        for action in actions {
            guard !isClosed else { return }
            switch action {
            case .timedOut(let step, _, let deadline): timedOut(step, deadline)
            case .leave: closeStream()
            case .fallBack(let from, let to): fellBack(from, to)
            case .open(let step, .main): open(step)
            case .open(let step, .hedge): openSecond(step)
            case .replay(let items, .main): replay(items)
            case .replay(let items, .hedge): replayOnSecond(items)
            case .suspect(let step): suspect(step)
            case .adopt: adopt()
            case .drop: closeSecond()
            case .giveUp(let items): giveUp(items)
            }
        }
        arm()
    }

    func open(_ number: Int) {
        closeStream()
        let step = route.steps[number]
        let verdict: RouteMachine.Verdict
        do throws(PluginError) {
            let instance = try table.registry.lease(step.plugin)
            verdict = table.breakers.admit(step.plugin, generation: instance.generation, token, at: loop.now)
            if verdict == .barred, number + 1 < route.steps.count {
                fail(isDown: step.plugin)
                return perform(machine.handle(.barred, at: loop.now))
            }
            if options["sample_rate"] != nil { sampleRate = table.sampleRate(of: instance) }
            stream = try Stream(instance, interface: interface, options: merged(step), loop: loop, receiver: self)
        } catch {
            return failed(error, nil)
        }
        machine.patience = table.breakers.patience(step.plugin) ?? step.first / 2
        perform(machine.handle(.opened(.main, verdict), at: loop.now))
    }

    /// The same item at the next step, beside the one that is late. It is no reason for anything if that cannot be.
    func openSecond(_ number: Int) {
        let step = route.steps[number]
        let isLast = number + 1 == route.steps.count
        if let instance = try? table.registry.lease(step.plugin),
            isLast || table.breakers.verdict(step.plugin, at: loop.now) == .free
        {
            let options = merged(step)
            second = try? Stream(instance, interface: interface, options: options, loop: loop, receiver: self)
        }
        guard second != nil else {
            return perform(machine.handle(.failed(.hedge, retryable: false, retryAfter: nil), at: loop.now))
        }
        perform(machine.handle(.opened(.hedge), at: loop.now))
    }

    /// The second stream becomes the one in use.
    func adopt() {
        guard let second else { return }
        stream?.close()
        (stream, self.second) = (second, nil)
        if options["sample_rate"] != nil, let instance = try? table.registry.lease(second.plugin) {
            sampleRate = table.sampleRate(of: instance)
        }
        machine.patience = table.breakers.patience(provider) ?? route.steps[machine.step].first / 2
    }

    func suspect(_ step: Int) {
        let plugin = route.steps[step].plugin
        guard let since = machine.waitingSince else { return }
        guard table.breakers.suspected(plugin, token, since: since, at: loop.now) else { return }
        fail(isDown: plugin)
        perform(machine.handle(.barred, at: loop.now))
    }

    /// Why the next step is asked instead.
    func fail(isDown plugin: String) {
        failure = PluginFailure(.unavailable, isRetryable: true, message: "\(plugin) is down: its breaker is open")
        RouteMetrics.shared.request(route.kind, plugin, "barred")
    }

    func merged(_ step: Step) -> JSON {
        guard case .object(let base) = step.options, !base.isEmpty, case .object(let own) = options else {
            return options
        }
        var merged = base
        for (name, value) in own { merged[name] = value }
        return .object(merged)
    }

    func closeStream() {
        stream?.close()
        stream = nil
    }

    func closeSecond() {
        second?.close()
        second = nil
    }

    func replayOnSecond(_ items: [RouteMachine.Unanswered]) {
        for item in items {
            guard let second, let waiting = kept.first(where: { $0.item == item.item }) else { continue }
            pushAgain(waiting, second)
        }
    }

    func replay(_ items: [RouteMachine.Unanswered]) {
        for item in items {
            guard let stream, let index = kept.firstIndex(where: { $0.item == item.item }) else { continue }
            kept[index].isAnswered = false
            let waiting = kept[index]
            if waiting.isAudio {
                _ = source?.replay(item, to: self)
                if waiting.isComplete { finishInput(item.item, stream) }
            } else if item.delivered == 0 || source?.replay(item, to: self) != true {
                pushAgain(waiting, stream)
            }
            guard self.stream === stream else { return }
        }
    }

    func pushAgain(_ waiting: KeptItem, _ stream: Stream) {
        for piece in waiting.pieces {
            guard isOurs(stream) else { return }
            send(piece, waiting.item, stream)
        }
        if waiting.isComplete { finishInput(waiting.item, stream) }
    }

    func isOurs(_ stream: Stream) -> Bool { stream === self.stream || stream === second }

    func finishInput(_ item: UInt64, _ stream: Stream) {
        guard isOurs(stream), kept.contains(where: { $0.item == item }) else { return }
        do throws(PluginError) {
            // Item 0 is the stream itself: a blob ends with its stream.
            if item == 0 { try stream.end() } else { try stream.done(item: item) }
        } catch {
            failed(error, stream)
        }
    }

    func timedOut(_ step: Int, _ deadline: RouteMachine.Deadline) {
        let plugin = route.steps[step].plugin
        let what =
            switch deadline {
            case .first: "gave no first piece in time"
            case .next: "stopped in the middle"
            case .total: "took too long"
            }
        failure = PluginFailure(.timeout, isRetryable: true, message: "\(plugin) \(what)")
        RouteMetrics.shared.request(route.kind, plugin, failure)
        table.breakers.failed(plugin, token, retryAfter: nil, at: loop.now)
        closeStream()
    }

    func fellBack(_ from: Int, _ to: Int) {
        let (old, new) = (route.steps[from].plugin, route.steps[to].plugin)
        RouteMetrics.shared.fallback(route.kind, old, new)
        let data: JSON = [
            "route": .string(route.name), "kind": .string(route.kind.rawValue), "from": .string(old),
            "to": .string(new),
            "reason": .string(failure.message),
        ]
        table.record(Event(.routeFellBack, key: key, data: data))
        receiver?.fellBack(from: old, to: new, because: failure, session: self)
    }

    func giveUp(_ items: [UInt64]) {
        closeStream()
        kept.removeAll { items.contains($0.item) }
        audioItem = 0
        let exhausted = RouteFailure(
            .exhausted,
            route: route.name,
            kind: route.kind,
            retryable: failure.isRetryable,
            retryAfter: failure.retryAfter,
            code: failure.code,
            message: failure.message
        )
        receiver?.exhausted(exhausted, items: items, from: self)
        releaseHeld()
    }
}
