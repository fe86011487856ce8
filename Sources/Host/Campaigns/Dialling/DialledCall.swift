import Core

/// An attempt under way, as a `DialMachine` sees it.
struct DialledCall {
    enum Stage {
        /// The carrier was congested: it is asked again from then on.
        case waiting(until: Timestamp)
        case placing
        /// The carrier may have it. `since`: when that began; it is asked at `askAt`, the `tries`th time.
        case doubtful(since: Timestamp, askAt: Timestamp, tries: Int)
        /// The carrier has it, and lets it wait since then.
        case queued(since: Timestamp)
        case ringing
        case talking
        /// The conversation is over; the carrier has not told yet.
        case concluded
    }

    var stage = Stage.placing
    let latestStart: Timestamp?
    let begun: Timestamp
    /// When something was last heard of it, or the carrier was asked.
    var heardAt: Timestamp
    var isCalledOff = false
    /// Whether the breaker knows of it.
    var isCounted = false
    /// How often the carrier was congested.
    var refusals = 0

    init(latestStart: Timestamp?, at now: Timestamp) {
        (self.latestStart, begun, heardAt) = (latestStart, now, now)
    }

    /// Its window is over: it must not be begun any more.
    func isTooLate(at now: Timestamp) -> Bool { latestStart.map { now > $0 } ?? false }

    /// Before this moment, looking at it changes nothing while the campaign runs; nil: it waits for the answer to `.place`.
    var lookAt: Timestamp? {
        // What ends at a moment is over a millisecond later.
        func behind(_ moment: Timestamp) -> Timestamp { moment + .milliseconds(1) }
        switch stage {
        case .waiting(let until):
            let last = min(latestStart ?? until, begun + DialMachine.longestWait)
            return min(until, behind(last))
        case .placing: return nil
        case .doubtful(_, let askAt, _): return askAt
        case .queued where !isCalledOff:
            let silent = behind(heardAt + stage.silence)
            return latestStart.map { min(silent, behind($0)) } ?? silent
        case .queued, .ringing, .talking, .concluded: return behind(heardAt + stage.silence)
        }
    }
}

extension DialledCall.Stage {
    var order: Int {
        switch self {
        case .waiting, .placing, .doubtful: 0
        case .queued: 1
        case .ringing: 2
        case .talking: 3
        case .concluded: 4
        }
    }

    var isAnswered: Bool { order >= 3 }
    var isTalking: Bool { if case .talking = self { true } else { false } }
    var queuedSince: Timestamp? { if case .queued(let since) = self { since } else { nil } }

    /// After so long without a word the carrier is asked.
    var silence: Duration {
        switch self {
        case .ringing, .queued: .seconds(60)
        case .concluded: .seconds(15)
        default: .seconds(90)
        }
    }
}
