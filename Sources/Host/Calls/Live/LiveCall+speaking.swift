import Core
import JSONKit
import Media
import PluginHost
import Routes

extension LiveCall {
    /// So much may wait to be played before the next sentence is synthesised: what a barge-in would throw away.
    private static let plenty = 1500

    func speak(_ item: UInt64, _ text: String) {
        pending.append((item, text, machine.tongue.ttsOptions))
    }

    /// Gives synthesis its next sentence, if it has time and there is not plenty queued. A voice that answers inline has
    /// returned from one sentence before it is given the next: a stream takes one call at a time.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        while synthesising == nil, !pending.isEmpty, playout.queued < Self.plenty, line != nil { synthesise() }
        isPumping = false
    }

    private func synthesise() {
        if let item = pending.first?.item, play(tones: item) {
            pending.removeFirst()
            return activate()
        }
        // Another language, or another agent: nothing is under way in the voice before, so it can go.
        if let wanted = pending.first?.voice, wanted != voice {
            tts?.close()
            (tts, voice) = (nil, wanted)
        }
        guard let tts = session(&tts, .tts, voice) else {
            pending.removeAll()
            return take(.synthesisFailed)
        }
        let next = pending.removeFirst()
        synthesising = Synthesis(item: next.item, text: next.text)
        // Between two sentences a pause is right; before the first one somebody waits.
        synthesising?.isTrimming = !playout.isActive && playout.playedUntil <= loop.now
        playout.open(next.item)
        activate()
        tts.push(text: next.text, item: next.item)
        tts.done(item: next.item)
    }

    func spoken(_ samples: Span<Int16>, item: UInt64) {
        guard synthesising?.item == item else { return }
        guard let tts, tts.sampleRate != 8000 else { return queue(samples, item) }
        let converted = voiceConverter.convert(samples, from: tts.sampleRate, to: 8000)
        queue(converted.span, item)
    }

    private func queue(_ samples: Span<Int16>, _ item: UInt64) {
        var samples = samples
        if synthesising?.samples == 0, synthesising?.trimmed == 0 { take(.synthesisStarted(item: item)) }
        if synthesising?.isTrimming == true {
            samples = samples.extracting(droppingFirst: synthesising?.trim(samples) ?? 0)
            if let current = synthesising, !current.isTrimming, current.trimmed > 0, !current.ends.isEmpty {
                take(.wordTimes(item: item, ends: current.ends))
            }
        }
        guard synthesising?.item == item, !samples.isEmpty else { return }
        // Not yet enough for the line to begin with.
        let isFirst = synthesising.map { $0.samples < Playout.frame } ?? false
        synthesising?.samples += samples.count
        playout.append(samples, item: item)
        // The first audio need not wait for the clock.
        if isFirst { tick(loop.now) }
    }

    func finishedSentence(_ item: UInt64) {
        guard let done = synthesising, done.item == item else { return }
        synthesising = nil
        if let tts { paces.learn(tts.provider, done.asked, milliseconds: done.samples / 8) }
        playout.complete(item)
        take(.synthesised(item: item, milliseconds: done.milliseconds))
        tick(loop.now)
    }

    /// The voice tells where the words of what it was asked to say lie; believed if it names each of them.
    func timed(_ json: JSON, item: UInt64) {
        guard let current = synthesising, current.item == item else { return }
        let ends = (json["words"]?.array ?? []).compactMap { $0["end_ms"]?.int }
        guard ends.count == WordTimes(current.asked).words.count else { return }
        let before = (current.before - (current.isTrimming ? 0 : current.trimmed)) / 8
        synthesising?.ends = Array(current.ends.prefix(current.firstWord)) + ends.map { before + Int($0) }
        take(.wordTimes(item: item, ends: synthesising?.ends ?? []))
    }

    /// Another voice takes over in mid-sentence, at the first word that the caller will not have heard whole.
    ///
    /// Where the voice that died told where its words lie, what it gave is played up to its last whole word. Otherwise
    /// only what was sent is, and the word is estimated, rather too early than too late: a word that is said twice is
    /// better than one that is lost.
    func resumeSentence(_ item: UInt64, on session: RouteSession, lost plugin: String) -> Bool {
        guard let current = synthesising, current.item == item else { return false }
        let sent = playout.sent(item)
        let (first, end) = resumption(of: current, sent: sent, lost: plugin)
        let times = WordTimes(current.text)
        guard first < times.words.count else {
            // Nothing was missing but the end.
            session.cancel(item: item)
            finishedSentence(item)
            return true
        }
        playout.cut(item, at: end)
        synthesising = Synthesis(
            item: item,
            text: current.text,
            firstWord: first,
            before: max(end, sent) * 8,
            ends: current.ends.count >= first ? Array(current.ends.prefix(first)) : []
        )
        session.replace(text: times.text(from: first), item: item)
        return true
    }

    /// The word to go on with, and how much of the audio is kept, in milliseconds.
    private func resumption(of current: Synthesis, sent: Int, lost plugin: String) -> (word: Int, end: Int) {
        if current.ends.count == WordTimes(current.text).words.count {
            let whole = current.ends.prefix { $0 <= current.milliseconds }.count
            let end = whole > current.firstWord ? current.ends[whole - 1] : current.before / 8
            return (max(whole, current.firstWord), max(end, sent))
        }
        let heard = max(0, sent - current.before / 8)
        let times = WordTimes(current.asked, pace: paces.pace(of: plugin))
        let sure = heard - heard / 12 - 60
        return (current.firstWord + times.count(by: sure), max(sent, current.before / 8))
    }

    func silence() {
        pending.removeAll()
        tones = [:]
        if let current = synthesising { tts?.cancel(item: current.item) }
        synthesising = nil
        playout.clear()
        line?.clear()
    }

    /// Sends what is due. Called every 20 ms while there is something to play; true as long as there is.
    @discardableResult
    func tick(_ now: Moment) -> Bool {
        // Answers to what is sent may come inline and lead back here: the loop below goes on with what they changed.
        if !isSending {
            isSending = true
            while line != nil, send(now) {}
            isSending = false
            pump()
        }
        return playout.isActive || !pending.isEmpty
    }

    /// One step of playing; false when nothing is due.
    private func send(_ now: Moment) -> Bool {
        let late = playout.lateFrames
        // Recorded where the caller hears it, not where it is sent.
        let ahead = playout.playedUntil.microseconds - now.microseconds
        let plays = max(now, playout.playedUntil)
        var piece = InlineArray<160, Int16>(repeating: 0)
        var room = piece.mutableSpan
        switch playout.next(now, into: &room) {
        case .nothing: return false
        case .frame:
            if playout.lateFrames != late { metrics.lateFrames.add() }
            framesOut += 1
            line?.play(piece.span)
            recording?.agent(piece.span, at: clock + Int(max(0, ahead)) * 8 / 1000)
            if unheard != nil { listenForSound(piece.span, plays) }
        case .began(let item):
            unheard = (item, nil)
            take(.playing(item: item))
        case .ended(let item):
            line?.mark("s\(item)")
            take(.sent(item: item))
        }
        return true
    }

    /// The caller's wait ends with the first sound of a sentence, not with its first sample.
    private func listenForSound(_ frame: Span<Int16>, _ plays: Moment) {
        guard let (item, begun) = unheard else { return }
        let online = begun ?? plays
        guard let sample = Audible.first(in: frame) else { return unheard = (item, online) }
        unheard = nil
        take(.audible(item: item, online: online, at: plays + .microseconds(Int64(sample) * 125)))
    }

    private func activate() {
        guard !isTicking else { return }
        isTicking = true
        onActive(self)
    }
}
