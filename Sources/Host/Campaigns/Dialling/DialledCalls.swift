import Core

/// The attempts of a `DialMachine` by their names, counted as they change: a machine is told of time far more often than
/// anything happens, with hundreds of calls under way.
struct DialledCalls {
    private var calls: [String: DialledCall] = [:]
    /// Nobody has answered yet, also those that the carrier has not heard of.
    private(set) var ringing = 0
    private(set) var talking = 0
    private var queued = 0
    /// No call is to be looked at before; nil: none by itself. It may be early, never late.
    private(set) var lookAt: Timestamp?

    var isEmpty: Bool { calls.isEmpty }
    var ids: [String] { Array(calls.keys) }

    subscript(id: String) -> DialledCall? {
        get { calls[id] }
        set {
            count(newValue, 1)
            count(calls.updateOrRemove(newValue, for: id), -1)
            if let due = newValue?.lookAt { lookAt = min(lookAt ?? due, due) }
        }
    }

    /// The longest that the carrier has let a call wait that it has not begun.
    func queueTime(at now: Timestamp) -> Duration {
        guard queued > 0 else { return .zero }
        return calls.values.compactMap { $0.stage.queuedSince.map { now - $0 } }.max() ?? .zero
    }

    /// Those that are to be looked at, in the order of their names; `everything`: whatever they wait for.
    mutating func due(at now: Timestamp, everything: Bool) -> [String] {
        if everything { return calls.keys.sorted() }
        guard let lookAt, lookAt <= now else { return [] }
        var (found, next): ([String], Timestamp?) = ([], nil)
        for (id, call) in calls {
            guard let due = call.lookAt else { continue }
            if due <= now { found.append(id) } else { next = min(next ?? due, due) }
        }
        // Those that are looked at are entered anew by it.
        self.lookAt = next
        return found.sorted()
    }

    private mutating func count(_ call: DialledCall?, _ one: Int) {
        guard let stage = call?.stage else { return }
        if !stage.isAnswered { ringing += one }
        if stage.isTalking { talking += one }
        if stage.queuedSince != nil { queued += one }
    }
}

extension [String: DialledCall] {
    /// What was there before.
    fileprivate mutating func updateOrRemove(_ call: DialledCall?, for id: String) -> DialledCall? {
        guard let call else { return removeValue(forKey: id) }
        return updateValue(call, forKey: id)
    }
}
