import Core
import Media
import PluginHost
public import Routes

extension LiveCall {
    /// How much is kept from before speech is certain, in samples: look-back, and a start with pauses in it.
    private var lookBack: Int { (300 + 4 * agent.turnTaking.minSpeech) * 8 }
    /// A longer gap in the caller's audio is a new beginning, not silence to be filled in, in samples.
    private static let longestGap = 2 * 8000

    /// The next 20 ms of the caller. `position` counts microseconds from the start of the line's audio; a gap is silence,
    /// and what came before is left out.
    public func hear(_ samples: Span<Int16>, at position: Int64) {
        guard line != nil, !samples.isEmpty else { return }
        let wanted = Int(position) * 8 / 1000 - (origin ?? 0)
        if origin == nil {
            origin = wanted - ring.written
        } else if wanted > ring.written {
            fillGap(of: wanted - ring.written, wanted)
        } else if wanted + samples.count <= ring.written {
            metrics.droppedIn.add()
            return
        }
        framesIn += 1
        recording?.caller(samples, at: clock)
        var rest = samples
        while !rest.isEmpty {
            hear(frame: rest.extracting(first: min(160, rest.count)))
            rest = rest.extracting(droppingFirst: min(160, rest.count))
        }
    }

    private func fillGap(of missing: Int, _ wanted: Int) {
        framesLost += (missing + 80) / 160
        guard missing <= Self.longestGap else {
            origin = (origin ?? 0) + missing
            lineClock.reset()
            return
        }
        let silence = InlineArray<160, Int16>(repeating: 0)
        var missing = missing
        while missing > 0 {
            hear(frame: silence.span.extracting(first: min(160, missing)))
            missing -= 160
        }
    }

    private func hear(frame: Span<Int16>) {
        let position = ring.written / 8
        ring.append(frame)
        lastSound.hear(frame, at: position * 8)
        lineClock.note(ring.written, at: loop.now)
        // Recognition first: what ends the utterance below must not overtake its audio.
        if hearing != 0, let asr { recognise(frame, hearing, at: position * 8, asr) }
        let isSpeech = activity.isSpeech(frame)
        let events = endpointer.hear(isSpeech, at: position)
        if answer != nil { detectMachine(frame, isSpeech: isSpeech) }
        guard machine.listens else { return turns.reset() }
        for event in events {
            guard let action = turns.hear(event, agent: machine.activity) else { continue }
            if case .close(let end) = action { machine.lastSound = moment(ofSoundBefore: end) }
            take(.turn(action, position: position + 20))
        }
        if turns.isUndecided, let action = turns.frame(isSpeech: isSpeech, agent: machine.activity) {
            take(.turn(action, position: position + 20))
        }
        if framesIn & 15 == 0 { forget() }
    }

    /// When the last sound of an utterance was spoken. The endpointer, which goes by frames and passes over clicks, knows it
    /// roughly: it cannot have been long before.
    private func moment(ofSoundBefore end: Int) -> Moment {
        lineClock.moment(of: max(lastSound.position, (end - 100) * 8))
    }

    /// Who answered a call that was placed, and when a machine begins to record.
    private func detectMachine(_ frame: Span<Int16>, isSpeech: Bool) {
        let isBeep = beep.hear(frame)
        switch answer?.hear(isSpeech: isSpeech) {
        case .machine: take(.answeredBy(.machine, source: "audio"))
        case .human: take(.answeredBy(.human, source: "audio"))
        case nil: break
        }
        if isBeep { take(.answeredBy(.beep, source: "audio")) }
    }

    /// Gives recognition a piece of an utterance, at the rate it wants; `position` counts samples of the line.
    private func recognise(_ samples: Span<Int16>, _ item: UInt64, at position: Int, _ session: RouteSession) {
        guard session.sampleRate != 8000 else {
            return session.push(audio: samples, item: item, at: UInt64(position) * 125)
        }
        let converted = converter.convert(samples, from: 8000, to: session.sampleRate)
        session.push(audio: converted.span, item: item, at: UInt64(position) * 125)
    }

    /// Lets go of audio that nobody can need again.
    private func forget() {
        let oldest = min(utterances.first?.start ?? .max, (turns.waitingFrom ?? .max / 8) * 8)
        ring.forget(before: min(oldest, ring.written - lookBack))
    }

    /// Samples since the call began, on the clock that both sides of the recording share.
    var clock: Int { Int((loop.now - started).wholeMicroseconds * 8 / 1000) }

    func beginUtterance(_ item: UInt64, from milliseconds: Int) {
        guard let asr = session(&asr, .asr, machine.tongue.asrOptions) else { return take(.recognitionFailed) }
        utterances.append(Utterance(item: item, start: max(milliseconds * 8, ring.oldest)))
        hearing = item
        asr.begin(audio: item)
    }

    func finishUtterance(_ item: UInt64) {
        hearing = 0
        if let index = utterances.firstIndex(where: { $0.item == item }) { utterances[index].end = ring.written }
        asr?.done(item: item)
    }

    func dropUtterance(_ item: UInt64) {
        if hearing == item { hearing = 0 }
        utterances.removeAll { $0.item == item }
        asr?.cancel(item: item)
    }
}

extension LiveCall: ReplaySource {
    public func replay(_ item: RouteMachine.Unanswered, to session: RouteSession) -> Bool {
        if session === asr { return replayUtterance(item.item, to: session) }
        if session === tts { return resumeSentence(item.item, on: session, lost: lastVoice) }
        guard session === llm else { return false }
        // What was said stays said: the machine asks for the rest under a new number.
        if machine.turn?.said.isEmpty == false {
            take(.replyRestarted(item: item.item))
            return true
        }
        take(.replyRestarted(item: item.item))
        return false
    }

    /// Recognition gets the utterance from its beginning, faster than it was spoken.
    private func replayUtterance(_ item: UInt64, to session: RouteSession) -> Bool {
        guard let utterance = utterances.first(where: { $0.item == item }) else { return false }
        // A copy, because an answer that comes inline may change the ring.
        let samples = ring.copy(from: utterance.start, to: utterance.end ?? .max)
        var start = 0
        while start < samples.count, utterances.contains(where: { $0.item == item }) {
            let piece = samples.span.extracting(start..<min(samples.count, start + 1600))
            recognise(piece, item, at: utterance.start + start, session)
            start += piece.count
        }
        return true
    }
}
