import Core
import JSONKit

extension CallMachine {
    /// One sentence behind those that are being spoken.
    @discardableResult
    mutating func speak(_ text: String) -> UInt64 {
        let item = newItem()
        speech.add(item, text)
        if turn != nil, turn?.ledger.firstItem == nil {
            turn?.ledger.firstItem = item
            turn?.ledger.firstSentence = lastInput
        }
        out.append(.disarm(.silence))
        out.append(.speak(item: item, text: text))
        return item
    }

    /// Words of the agent's that no model made: each sentence is one item.
    mutating func speakAll(_ text: String) {
        var sentences = Sentences()
        var all = sentences.append(text)
        if let rest = sentences.finish() { all.append(rest) }
        for sentence in all { speak(sentence) }
    }

    /// An operator's words: now, behind what is being said, or when the caller has finished.
    mutating func say(_ text: String, _ now: Moment) {
        guard phase == .live, !text.isEmpty else { return }
        guard hearing == nil else { return held.append(text) }
        speakAll(text)
    }

    mutating func synthesisStarted(_ item: UInt64, _ now: Moment) {
        guard turn?.ledger.firstItem == item, turn?.ledger.firstAudio == nil else { return }
        turn?.ledger.firstAudio = now
    }

    mutating func playing(_ item: UInt64, _ now: Moment) {
        speech.playing(item, at: now)
        guard turn?.ledger.firstItem == item, turn?.ledger.playing == nil else { return }
        turn?.ledger.playing = now
        guard let ledger = turn?.ledger else { return }
        if ledger.firstToken != nil { out.append(.observe(.firstToken, seconds: ledger.token / 1000)) }
        out.append(.observe(.firstSentence, seconds: ledger.sentence / 1000))
        out.append(.observe(.firstAudio, seconds: ledger.audio / 1000))
    }

    /// The silence is over: so long it was.
    mutating func audible(_ item: UInt64, _ online: Moment, _ at: Moment) {
        greet(at)
        guard let ledger = turn?.ledger, let first = ledger.firstItem, item >= first, ledger.closed != nil,
            ledger.audible == nil
        else { return }
        turn?.ledger.online = online
        turn?.ledger.audible = at
        for part in turn?.ledger.parts ?? [] {
            out.append(.observe(.part(part.name), seconds: part.milliseconds / 1000))
        }
        out.append(.observe(.turn, seconds: (turn?.ledger.gap ?? 0) / 1000))
    }

    /// The agent's first sound: whoever answered a call that was placed must not wait for it.
    private mutating func greet(_ at: Moment) {
        guard greetedAt == nil, details.direction == .outbound, details.resumed == nil else { return }
        greetedAt = at
        out.append(.record(.callGreeted, ordered(["greeted_ms": .double(greetedAfter ?? 0)])))
    }

    /// Milliseconds from the answer to the agent's first sound; nil: there was none.
    var greetedAfter: Double? {
        guard let greetedAt, let answered = details.answeredAt ?? startedAt else { return nil }
        return max(0, greetedAt.milliseconds(since: answered).rounded())
    }

    mutating func sent(_ item: UInt64) {
        speech.sent(item)
        if speech.isSent, speech.isActive { out.append(.arm(.playback, after: .milliseconds(2500))) }
    }

    mutating func heard(_ item: UInt64, _ now: Moment) {
        guard speech.isActive else { return }
        speech.heard(item, at: now)
        if !speech.isActive { allHeard(now) }
    }

    /// The line owes marks: carriers lose some. What was sent has been heard by now.
    mutating func playbackIsDue(_ now: Moment) {
        guard let last = speech.sentences.last, speech.isSent else { return }
        heard(last.item, now)
    }

    /// Everything said so far has been heard.
    mutating func allHeard(_ now: Moment) {
        out.append(.disarm(.playback))
        // The model is still at it, or a reply is yet to come: the turn goes on.
        if let turn, !turn.isReplied { return }
        finishSpeech(interrupted: false, now)
        if case .closing(let disposition, let reason) = phase { return end(disposition, reason: reason, now) }
        if leaving != nil, leave(now) { return }
        if let disposition = endAfterSpeech ?? stage.final { return end(disposition, reason: "completed", now) }
        // Who spoke along to the end speaks on alone.
        if let aside, aside.closed == nil { return takeUp(now) }
        if hearing == nil { armSilence() }
    }

    /// What was said goes into the conversation as far as it was heard, and the turn, if it was one, is over.
    mutating func finishSpeech(interrupted: Bool, _ now: Moment) {
        let heard = speech.heardText(at: now)
        let wasSpeaking = !speech.sentences.isEmpty
        out.append(.disarm(.playback))
        if let turn, !turn.texts.isEmpty { conversation.add(.caller, turn.text) }
        conversation.add(.agent, heard)
        if wasSpeaking {
            var data: JSONObject = ["text": .string(heard), "interrupted": .bool(interrupted)]
            if let turn, !turn.texts.isEmpty { data["turn"] = .int(Int64(turn.number)) }
            out.append(.record(.replySpoken, .object(data)))
        }
        if let turn, !turn.texts.isEmpty { complete(turn, interrupted: interrupted) }
        speech.clear()
        turn = nil
        out.append(.remember)
    }

    private mutating func complete(_ turn: Turn, interrupted: Bool) {
        var data: JSONObject = [
            "turn": .int(Int64(turn.number)), "stage": .string(stage.name), "interrupted": .bool(interrupted),
            "latency": turn.ledger.json,
        ]
        if let preparedFor = turn.preparedFor { data["prepared_ms"] = .double(preparedFor.rounded()) }
        if let label = turn.labels.first {
            data["intent"] = .string(label.name)
            data["confidence"] = .double(label.confidence)
        }
        if turn.ledger.playing != nil { out.append(.observe(.added, seconds: turn.ledger.added / 1000)) }
        out.append(.record(.turnCompleted, .object(data)))
    }

    // MARK: Silence

    /// Nobody speaks: how long is that fine?
    mutating func armSilence() {
        guard phase == .live else { return }
        let settings = agent.turnTaking
        let (prompt, hangup) = (settings.silencePromptSeconds, settings.silenceHangupSeconds)
        let seconds: Int
        if prompt > 0, !isPrompted || hangup == 0 {
            seconds = prompt
        } else if hangup > 0 {
            seconds = isPrompted ? hangup - prompt : hangup
        } else {
            return
        }
        out.append(.arm(.silence, after: .seconds(seconds)))
    }

    mutating func silenceIsDue(_ now: Moment) {
        guard phase == .live, activity == .silent, hearing == nil else { return }
        silences += 1
        let way = stage.transitions.first { $0.trigger == .silences(silences) }
        if let way { return move(way, by: "silence", now) }
        let settings = agent.turnTaking
        if settings.silenceHangupSeconds > 0, isPrompted || settings.silencePromptSeconds == 0 {
            return close(saying: agent.lines.goodbye, "no_input", "silence", now)
        }
        isPrompted = true
        speakAll(agent.lines.stillThere)
    }

    mutating func stageIsDue(_ now: Moment) {
        guard phase == .live else { return }
        guard activity == .silent, hearing == nil else { return out.append(.arm(.stage, after: .seconds(1))) }
        let way = stage.transitions.first { if case .after = $0.trigger { true } else { false } }
        if let way { move(way, by: "time", now) }
    }

    /// Takes a way that no words of the caller's have opened.
    private mutating func move(_ way: Transition, by cause: String, _ now: Moment) {
        out.append(.disarm(.silence))
        turn = Turn(number: turns)
        follow(way, by: cause, now)
    }
}
