import Core
import JSONKit

extension CallMachine {
    mutating func hear(_ action: TurnMachine.Action, _ position: Int, _ now: Moment) {
        switch action {
        case .open(let from, let interrupts):
            guard listens, hearing == nil else { return }
            open(from: from, interrupts: interrupts, position, now)
        case .consider(let from): consider(from: from, position, now)
        case .insist: takeUp(now)
        case .pause where aside != nil: aside?.isPausing = true
        case .resume where aside != nil: aside?.isPausing = false
        case .pause:
            isPausing = true
            prepare(now)
        case .resume(let pause):
            isPausing = false
            endpointing.learn(pause)
            dropDraft()
        case .close(let at) where aside != nil: closeAside(at: at, position, now)
        case .close(let at): close(at: at, position, now)
        case .ignore: break
        }
    }

    mutating func open(from: Int, interrupts: Bool, _ position: Int, _ now: Moment) {
        out.append(.disarm(.silence))
        if speech.isAudible {
            bargeIn(after: position - from, now)
        } else {
            learnCut(from: from)
            takeBack()
        }
        if turn == nil {
            turns += 1
            turn = Turn(number: turns)
        }
        let item = newItem()
        hearing = item
        (partial, isPausing) = ("", false)
        out.append(.endpoint(milliseconds: endpointing.silence(after: "")))
        out.append(.listen(item: item, from: from))
    }

    /// The turn was taken to be over, and the caller goes on before the agent has begun: that silence was a pause.
    private mutating func learnCut(from: Int) {
        guard let turn, !turn.texts.isEmpty || !turn.pending.isEmpty, let lastEnd else { return }
        // Look-back is before the first sound.
        let pause = from + 200 - lastEnd
        if pause < 3000 { endpointing.learn(max(0, pause), wasCutOff: true) }
    }

    /// The caller speaks over the agent: everything stops, and only what was heard was said.
    mutating func bargeIn(after milliseconds: Int, _ now: Moment) {
        bargeIns += 1
        let rest = speech.unheard(at: now)
        interruption =
            rest.isEmpty && turn?.reply == nil || agent.turnTaking.falseInterruption == 0
            ? nil
            : Interruption(
                at: now,
                heard: speech.heardText(at: now),
                rest: rest,
                turn: turn?.number,
                wasUnfinished: turn?.reply != nil
            )
        var data: JSONObject = ["speech_ms": .int(Int64(max(0, milliseconds)))]
        if let turn { data["turn"] = .int(Int64(turn.number)) }
        cancelThinking()
        out.append(.silence)
        out.append(.bargedIn(data))
        // Words that have had no reply yet stay: the new ones join them.
        let unanswered = turn?.said.isEmpty == true ? turn : nil
        if unanswered != nil { turn = nil }
        finishSpeech(interrupted: true, now)
        turn = unanswered
        turn?.startOver()
    }

    /// The caller goes on before the agent has begun: what was being thought is thought again with the new words.
    mutating func takeBack() {
        cancelThinking()
        if speech.isActive {
            out.append(.silence)
            let mine = Set(turn?.said ?? [])
            // An operator's words are not thought again: they wait. The greeting has lost its moment.
            if turns > 0 { held += speech.sentences.map(\.text).filter { !mine.contains($0) } }
            speech.clear()
        }
        turn?.startOver()
        endAfterSpeech = nil
    }

    /// Withdraws every question that is open on behalf of the turn.
    mutating func cancelThinking() {
        dropDraft()
        if turn?.round != nil {
            turn?.round = nil
            out.append(.disarm(.tool))
            out.append(.disarm(.filler))
        }
        if let question = turn?.question {
            out.append(.cancelQuestions(item: question))
            out.append(.disarm(.understanding))
            turn?.question = nil
        }
        if let reply = turn?.reply {
            out.append(.cancelReply(item: reply))
            turn?.reply = nil
        }
    }

    private mutating func close(at end: Int, _ position: Int, _ now: Moment) {
        guard let item = hearing else { return }
        (hearing, lastEnd) = (nil, end)
        guard phase == .live else { return }
        turn?.ledger.close(at: now, silentFor: position - end, since: lastSound)
        let isFinal = turn?.early == item
        if !isFinal { turn?.pending.insert(item) }
        out.append(.finishUtterance(item: item))
        if interruption != nil {
            out.append(.arm(.falseInterruption, after: .milliseconds(agent.turnTaking.falseInterruption)))
        }
        let words = held
        held = []
        for text in words { speakAll(text) }
        if isFinal { understandIfReady(now) }
    }

    mutating func transcribed(_ item: UInt64, _ text: String, isFinal: Bool, _ now: Moment) {
        guard phase == .live, !understoodAside(item, text, isFinal: isFinal, now) else { return }
        guard isFinal else { return understoodSoFar(item, text, now) }
        transcribed(item, text, now)
    }

    /// What is understood so far decides how long the caller's silence has to be.
    private mutating func understoodSoFar(_ item: UInt64, _ text: String, _ now: Moment) {
        guard hearing == item, text != partial else { return }
        partial = text
        out.append(.endpoint(milliseconds: endpointing.silence(after: text)))
        if isPausing { prepare(now) }
    }

    private mutating func transcribed(_ item: UInt64, _ text: String, _ now: Moment) {
        guard turn?.pending.remove(item) != nil || hearing == item else { return }
        // A recogniser may know the end before our endpointer does.
        if hearing == item { turn?.early = item }
        troubles = 0
        turn?.ledger.transcript = now
        let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if !text.isEmpty {
            interruption = nil
            out.append(.disarm(.falseInterruption))
            turn?.texts.append(text)
            lastTranscript = text
            (misses, silences, isPrompted) = (0, 0, false)
            var data: JSONObject = ["text": .string(text), "item": .int(Int64(item))]
            if let turn {
                data["turn"] = .int(Int64(turn.number))
                out.append(.observe(.transcript, seconds: turn.ledger.finalTranscript / 1000))
            }
            out.append(.record(.transcriptFinal, .object(data)))
            out.append(.remember)
        }
        understandIfReady(now)
    }

    /// Nobody can recognise anything at the moment: say so and go on with what is known.
    mutating func recognitionFailed(_ now: Moment) {
        guard phase == .live else { return }
        let wasAwaited = hearing != nil || turn?.pending.isEmpty == false
        (hearing, aside) = (nil, nil)
        turn?.pending = []
        guard wasAwaited else { return }
        troubles += 1
        if turn?.texts.isEmpty == false { return understandIfReady(now) }
        dropTurn()
        if troubles >= 3 { return close(saying: agent.lines.goodbye, "technical_failure", "recognition failed", now) }
        speak(agent.lines.cannotHear)
    }

    /// A turn without words was none.
    mutating func dropTurn() {
        guard turn != nil else { return }
        cancelThinking()
        turn = nil
        turns -= 1
    }

    // MARK: Keys

    mutating func pressed(_ digit: Character, _ now: Moment) {
        guard listens else { return }
        (silences, isPrompted) = (0, false)
        let way = stage.transitions.first { $0.trigger == .digit(digit) }
        guard let way else {
            if collect(digit, now) { return }
            if activity == .silent, hearing == nil { armSilence() }
            return
        }
        stopEverything(now)
        turns += 1
        turn = Turn(number: turns)
        turn?.texts = ["[key \(digit)]"]
        turn?.ledger.closed = now
        follow(way, by: way.cause, now)
    }

    /// Ends what is being said, thought or heard, without blaming the caller.
    mutating func stopEverything(_ now: Moment) {
        out.append(.disarm(.silence))
        if let item = hearing { out.append(.cancelUtterance(item: item)) }
        for item in turn?.pending ?? [] { out.append(.cancelUtterance(item: item)) }
        hearing = nil
        dropAside()
        (interruption, leaving, keys) = (nil, nil, "")
        cancelThinking()
        if speech.isActive { out.append(.silence) }
        if turn?.texts.isEmpty == true { dropTurn() }
        finishSpeech(interrupted: true, now)
    }
}
