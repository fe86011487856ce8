import Core

extension RouteMachine {
    mutating func opened(_ verdict: Verdict, _ now: Moment) -> [Action] {
        state = .open
        isProbe = verdict == .probe
        for index in items.indices {
            items[index].lastPiece = nil
            items[index].trustedUntil = nil
            if items[index].isComplete, items[index].since == nil { items[index].since = now }
        }
        return items.isEmpty ? [] : [.replay(unanswered)]
    }

    var unanswered: [Unanswered] { items.map { Unanswered(item: $0.number, delivered: $0.delivered) } }

    mutating func failed(_ retryable: Bool, _ retryAfter: Duration?, _ now: Moment) -> [Action] {
        guard !items.isEmpty else {
            // Nobody waits: the next item will open it again.
            state = .idle
            return []
        }
        // Somebody is being asked already: they are not asked again from the beginning.
        if second?.isOpen == true { return adopt(now) }
        tried += 1
        let pause = pause(retryAfter)
        if retryable, tried < steps[step].tries, pause <= Self.longestPause, isInTime(now + pause) {
            state = .waiting(until: now + pause)
            return []
        }
        return nextStep(now)
    }

    /// Twice as long each time, and spread over its upper half, so that many calls do not come back at once.
    private mutating func pause(_ retryAfter: Duration?) -> Duration {
        let longest = Duration.milliseconds(100 << min(tried - 1, 5))
        return max(retryAfter ?? .zero, longest / 2 + longest / 2 * dice.next())
    }

    /// Whether an answer could still come within the step's time for a first piece.
    private func isInTime(_ moment: Moment) -> Bool {
        guard let waiting, let since = items[waiting].since else { return true }
        return moment < since + steps[step].first
    }

    /// The next step gets the whole of its time.
    mutating func nextStep(_ now: Moment) -> [Action] {
        tried = 0
        guard step + 1 < steps.count else {
            let lost = items.map(\.number)
            items.removeAll()
            (step, state, fellBackAt, wasBarred) = (0, .idle, nil, false)
            return [.giveUp(lost)]
        }
        step += 1
        (fellBackAt, state, isProbe) = (now, .opening, false)
        for index in items.indices where items[index].isComplete { items[index].since = now }
        return [.fallBack(from: step - 1, to: step), .open(step: step)]
    }

    mutating func superseded(_ now: Moment) -> [Action] {
        supersededInARow += 1
        guard supersededInARow <= 3 else { return failed(true, nil, now) }
        guard !items.isEmpty else {
            state = .idle
            return []
        }
        state = .opening
        for index in items.indices where items[index].isComplete { items[index].since = now }
        return [.open(step: step)]
    }

    /// The last step is asked whatever its breaker says: there is nobody else.
    mutating func barred(_ now: Moment) -> [Action] {
        guard step + 1 < steps.count, !items.isEmpty else { return [] }
        let isFirst = step == 0
        let leave: [Action] = state == .open ? [.leave(step: step)] : []
        let actions = second?.isOpen == true ? adopt(now) : leave + nextStep(now)
        if isFirst { wasBarred = true }
        return actions
    }
}
