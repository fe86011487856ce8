import Core
import JSONKit

extension CallMachine {
    mutating func due(_ timer: CallTimer, _ now: Moment) {
        switch timer {
        case .silence: silenceIsDue(now)
        case .understanding: understandingIsDue(now)
        case .playback: playbackIsDue(now)
        case .stage: stageIsDue(now)
        case .duration:
            if phase == .live { close(saying: agent.lines.timeIsUp, "max_duration", "the longest duration", now) }
        case .filler: fillerIsDue(now)
        case .beep: beepIsDue(now)
        case .tool: toolIsDue(now)
        case .keys: keysAreDue(now)
        case .falseInterruption: falseInterruptionIsDue(now)
        case .recording: recordingStored(nil, now)
        }
    }

    /// Last words, then the end.
    mutating func close(saying words: String, _ disposition: String, _ reason: String, _ now: Moment) {
        stopEverything(now)
        phase = .closing(disposition: disposition, reason: reason)
        if words.isEmpty { end(disposition, reason: reason, now) } else { speakAll(words) }
    }

    /// Without a voice there is no call.
    mutating func synthesisFailed(_ now: Moment) {
        switch phase {
        case .closing(let disposition, let reason): end(disposition, reason: reason, now)
        case .live: end("technical_failure", reason: "synthesis failed", now)
        default: break
        }
    }

    mutating func lineClosed(_ reason: String, _ now: Moment) {
        switch phase {
        case .closing(let disposition, _): end(disposition, reason: reason, now)
        case .live: end(endAfterSpeech ?? stage.final ?? stage.disposition ?? "caller_hung_up", reason: reason, now)
        case .ringing: end("abandoned", reason: reason, now)
        case .storing, .over: break
        }
    }

    /// The line is given up, now; what is stored and recorded may take a moment longer.
    mutating func end(_ disposition: String, reason: String, _ now: Moment) {
        switch phase {
        case .storing, .over: return
        default: break
        }
        stopEverything(now)
        endedAt = now
        phase = .storing(disposition: disposition, reason: reason)
        for timer in CallTimer.allCases { out.append(.disarm(timer)) }
        out.append(.closeLine(reason: reason))
        guard startedAt != nil else {
            // It never began: there is nothing to tell.
            phase = .over
            return out.append(.finish)
        }
        out.append(
            .record(.dispositionSet, ordered(["disposition": .string(disposition), "reason": .string(reason)]))
        )
        guard records else { return recordingStored(nil, now) }
        out.append(.storeRecording)
        out.append(.arm(.recording, after: .seconds(15)))
    }

    mutating func recordingStored(_ stored: JSON?, _ now: Moment) {
        guard case .storing(let disposition, let reason) = phase else { return }
        phase = .over
        recording = stored
        if let stored { out += Self.facts(of: stored) }
        out.append(.disarm(.recording))
        if let startedAt, let endedAt {
            out.append(.observe(.call, seconds: (endedAt - startedAt).fractionalSeconds))
        }
        out.append(.record(.callEnded, outcome(disposition, reason)))
        out.append(.finish)
    }

    /// One thing still matters when the call is over: where the recording is that it did not wait for any longer. Without the
    /// fact nobody would bring it to its store before the next start.
    mutating func late(_ input: CallInput) -> [CallAction] {
        guard case .recordingStored(let stored?) = input, recording == nil else { return [] }
        recording = stored
        return Self.facts(of: stored)
    }

    private static func facts(of stored: JSON) -> [CallAction] {
        let isUploaded = stored["uploaded"]?.bool == true
        return [.record(.recordingFinished, stored)] + (isUploaded ? [.record(.recordingUploaded, stored)] : [])
    }

    /// Everything about the call that those who were not there want to know.
    private func outcome(_ disposition: String, _ reason: String) -> JSON {
        var seconds = 0.0
        if let startedAt, let endedAt { seconds = (endedAt - startedAt).fractionalSeconds }
        var outcome: JSONObject = [
            "agent": .string(agent.name), "direction": .string(details.direction.rawValue),
            "from": .string(details.from), "to": .string(details.to),
            "carrier_call_id": .string(details.carrierCallID),
            "disposition": .string(disposition), "reason": .string(reason),
            "duration_s": .double((seconds * 1000).rounded() / 1000), "turns": .int(Int64(turns)),
            "barge_ins": .int(Int64(bargeIns)), "stages": .array(stagesVisited.map { .string($0) }),
            "intents": .array(intents), "slots": slots.json, "transcript": .array(conversation.transcript),
        ]
        if let recording { outcome["recording"] = recording }
        if let answeredBy { outcome["answered_by"] = .string(answeredBy.rawValue) }
        if let greetedAfter { outcome["greeted_ms"] = .double(greetedAfter) }
        return ordered(outcome)
    }
}
