import Core
import JSONKit

/// Speech beside the agent's: a backchannel, a cough, or an interruption.
extension CallMachine {
    /// The caller speaks while the agent does: recognition listens, the agent goes on.
    mutating func consider(from: Int, _ position: Int, _ now: Moment) {
        guard listens, hearing == nil, aside == nil else { return }
        guard speech.isAudible else { return open(from: from, interrupts: false, position, now) }
        let item = newItem()
        aside = Aside(item: item, opened: now, spoken: max(0, position - from))
        out.append(.listen(item: item, from: from))
    }

    /// The caller means it, or the agent has finished by itself: the aside is an utterance like any other.
    mutating func takeUp(_ now: Moment) {
        guard let aside, listens else { return dropAside() }
        self.aside = nil
        out.append(.disarm(.silence))
        if speech.isAudible { bargeIn(after: aside.duration(at: now), now) } else { takeBack() }
        if turn == nil {
            turns += 1
            turn = Turn(number: turns)
        }
        guard let closed = aside.closed else { return hearing = aside.item }
        turn?.ledger = Ledger()
        turn?.ledger.close(at: closed.at, silentFor: closed.position - closed.end, since: lastSound)
        turn?.pending.insert(aside.item)
    }

    mutating func closeAside(at end: Int, _ position: Int, _ now: Moment) {
        guard let item = aside?.item else { return }
        aside?.closed = (end, position, now)
        out.append(.finishUtterance(item: item))
    }

    /// What is understood of an aside so far. Returns whether the words are dealt with.
    mutating func understoodAside(_ item: UInt64, _ text: String, isFinal: Bool, _ now: Moment) -> Bool {
        guard let aside, aside.item == item else { return false }
        let isAnswer = !speech.isAudible && !text.isEmpty
        let isLong = !aside.isPausing && aside.closed == nil && aside.duration(at: now) >= TurnTaking.believed
        let isBelieved = isFinal || isLong
        if isAnswer || isBelieved && !tongue.backchannels.contains(text) {
            takeUp(now)
            return false
        }
        guard isFinal else { return true }
        self.aside = nil
        if !text.isEmpty { out.append(.record(.backchannel, ["text": .string(text)])) }
        return true
    }

    mutating func dropAside() {
        if let aside { out.append(.cancelUtterance(item: aside.item)) }
        aside = nil
    }

    // MARK: False interruptions

    /// Nothing was understood of what stopped the agent: it goes on where it was stopped. False if there is nothing to go
    /// on with.
    mutating func resumeAfterFalseInterruption(_ now: Moment) -> Bool {
        guard let interruption, phase == .live, !isClosingStage else { return false }
        self.interruption = nil
        out.append(.disarm(.falseInterruption))
        var data: JSONObject = ["heard": .string(interruption.heard)]
        if let turn = interruption.turn { data["turn"] = .int(Int64(turn)) }
        out.append(.record(.falseInterruption, .object(data)))
        bargeIns -= 1
        // It will be one reply again, when it has been heard.
        conversation.takeBack(.agent, interruption.heard)
        speech.goOn(after: interruption.heard)
        for sentence in interruption.rest { speak(sentence) }
        guard interruption.wasUnfinished else { return true }
        turn = Turn(number: interruption.turn ?? turns)
        turn?.said = [interruption.heard] + interruption.rest
        turn?.isContinued = true
        reply(saying: nil, now)
        return true
    }

    mutating func falseInterruptionIsDue(_ now: Moment) {
        guard hearing == nil, let pending = turn?.pending, turn?.texts.isEmpty == true else { return }
        for item in pending { out.append(.cancelUtterance(item: item)) }
        dropTurn()
        if !resumeAfterFalseInterruption(now) { armSilence() }
    }
}
