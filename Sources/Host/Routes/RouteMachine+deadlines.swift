public import Core

extension RouteMachine {
    /// When `due` is wanted; nil: nothing is waited for. It may move at every input.
    public var wakeAt: Moment? {
        switch state {
        case .waiting(let until): until
        case .open: Self.earlier(Self.earlier(deadline?.at, suspectAt), hedgeAt)
        case .idle, .opening: nil
        }
    }

    private static func earlier(_ one: Moment?, _ other: Moment?) -> Moment? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    /// The deadline of the oldest item whose answer is waited for.
    private var deadline: (at: Moment, item: UInt64, kind: Deadline)? {
        guard let waiting, let since = items[waiting].since else { return nil }
        let (item, limits) = (items[waiting], steps[step])
        var result = (at: since + limits.first, item: item.number, kind: Deadline.first)
        if let lastPiece = item.lastPiece { result = (lastPiece + limits.next, item.number, .next) }
        if let total = limits.total, since + total < result.at { result = (since + total, item.number, .total) }
        return result
    }

    /// When the answer is later than usual, and its breaker has not been told for as long again.
    private var suspectAt: Moment? {
        guard step + 1 < steps.count, let patience, let waiting, let since = items[waiting].since else { return nil }
        guard items[waiting].lastPiece == nil else { return nil }
        return (items[waiting].trustedUntil ?? since) + patience
    }

    mutating func due(_ now: Moment) -> [Action] {
        switch state {
        case .waiting(let until) where now >= until:
            state = .opening
            return [.open(step: step)]
        case .open:
            if let deadline, now >= deadline.at {
                let late = step
                return [.timedOut(step: late, item: deadline.item, deadline.kind)] + failed(true, nil, now)
            }
            var actions: [Action] = []
            if let hedgeAt, now >= hedgeAt { actions += hedge(now) }
            if let suspectAt, now >= suspectAt, let waiting {
                items[waiting].trustedUntil = now
                actions.append(.suspect(step: step))
            }
            return actions
        default: return []
        }
    }
}
