import Core

/// A second opinion: when the first piece is late, the next step is asked too, and whoever speaks first goes on alone.
extension RouteMachine {
    /// When the next step is to be asked beside this one about the item that waits; nil: never.
    var hedgeAt: Moment? {
        guard state == .open, second == nil, step + 1 < steps.count, let waiting else { return nil }
        let item = items[waiting]
        guard !item.isHedged, item.delivered == 0, let since = item.since, let after = hedgeAfter else { return nil }
        return since + after
    }

    /// An item that finds out whether a provider is up again shall not pay for it: it has a bound of its own.
    private var hedgeAfter: Duration? {
        guard hedges else { return nil }
        guard isProbe else { return steps[step].hedge }
        return min(steps[step].hedge ?? .seconds(1), max(patience ?? .milliseconds(200), .milliseconds(100)))
    }

    mutating func hedge(_ now: Moment) -> [Action] {
        guard let waiting else { return [] }
        items[waiting].isHedged = true
        second = (step + 1, false, now)
        return [.open(step: step + 1, .hedge)]
    }

    mutating func secondOpened(_ now: Moment) -> [Action] {
        guard let waiting, second != nil else {
            second = nil
            return [.drop]
        }
        second?.isOpen = true
        return [.replay([Unanswered(item: items[waiting].number, delivered: items[waiting].delivered)], .hedge)]
    }

    /// One of two has spoken.
    mutating func decide(for lane: Lane, _ number: UInt64, _ now: Moment) -> [Action] {
        guard lane == .hedge else {
            // An item that is not the one both were asked about settles nothing.
            guard let waiting, items[waiting].number == number else { return [] }
            second = nil
            return [.drop]
        }
        return adopt(now)
    }

    /// The second stream is the main one from now on. What else is waited for has to be asked there too.
    mutating func adopt(_ now: Moment) -> [Action] {
        guard let chosen = second, let waiting else { return [] }
        let asked = items[waiting].number
        let left = step
        (step, state, second, tried) = (chosen.step, .open, nil, 0)
        (fellBackAt, isProbe) = (now, false)
        items[waiting].since = chosen.since
        items[waiting].trustedUntil = nil
        let others = unanswered.filter { $0.item != asked }
        let replay: [Action] = others.isEmpty ? [] : [.replay(others)]
        return [.fallBack(from: left, to: step), .adopt(step: step)] + replay
    }
}
