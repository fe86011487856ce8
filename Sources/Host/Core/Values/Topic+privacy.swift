/// What of an event is about a person. This is the only place where that is said; `docs/EVENTS.md` shows it as a table, and
/// a test compares the two.
extension Topic {
    /// Members of the data that tell nothing of whoever the event is about; nil: the topic is never about a person.
    ///
    /// Whatever else an event carries is personal: a member that somebody adds is blanked by an erasure until it stands here.
    public var impersonal: [String]? {
        switch self {
        case .callStarted: ["agent", "direction"]
        case .callContinued: ["agent", "direction", "stage", "from_host", "times"]
        case .callStatus: ["status", "of", "sequence", "answered_by"]
        case .callEnded:
            [
                "agent", "direction", "disposition", "reason", "duration_s", "turns", "barge_ins", "stages", "intents",
                "frames_in", "frames_lost", "frames_out",
            ]
        case .callInterrupted: ["reason"]
        case .bargeIn: ["speech_ms", "stop_ms"]
        case .callAnswered: ["by", "source"]
        case .callGreeted: ["greeted_ms"]
        case .digitsSent: ["count"]
        case .backchannel: []
        case .falseInterruption: ["turn"]
        case .transcriptFinal: ["item", "turn"]
        case .intentLabelled: ["turn", "intent", "confidence"]
        case .stageEntered: ["stage", "from", "by"]
        case .replySpoken: ["interrupted", "turn"]
        case .turnCompleted: ["turn", "stage", "intent", "confidence", "interrupted", "latency", "prepared_ms"]
        case .slotFilled: ["slot", "by"]
        case .callTransferred: ["status", "ok", "duration_s"]
        case .callHandedOver: ["from", "to"]
        case .toolCalled: ["name", "ok", "ms"]
        case .dispositionSet: ["disposition", "reason"]
        // Where it is, is needed to remove it; what it was, is not.
        case .recordingFinished, .recordingUploaded:
            [
                "url", "file", "blob", "route", "uploaded", "seconds", "bytes", "channels", "dropped_samples",
                "recovered",
            ]
        case .recordingStored: ["bucket", "key", "bytes", "stored_at"]
        case .recordingDeleted: ["blob", "deleted", "reason"]
        case .callReviewed: ["sentiment", "resolution", "by", "rules"]
        case .leadScored: ["score", "stage", "factors", "rules"]
        case .leadUpdated: ["campaign", "list", "state", "disposition", "attempts", "score", "stage"]
        case .attemptIntended: ["campaign", "caller_id"]
        case .attemptPlaced: ["campaign"]
        case .attemptEnded:
            [
                "campaign", "call_id", "disposition", "flags", "answered_by", "reason", "rang_s", "talked_s",
                "greeted_ms",
            ]
        case .numberSuppressed: ["campaign", "reason"]
        case .recordingTranscribed: ["language", "seconds", "pieces", "words", "part", "times_real_time"]
        // Their subjects are calls and leads, and an error may quote what somebody said.
        case .jobStarted, .jobDone, .jobFailed, .jobCancelled:
            ["kind", "period", "run", "attempt", "attempts", "seconds"]
        case .crmDelivered: ["of"]
        case .routeFellBack: ["route", "kind", "from", "to"]
        case .privacyErased, .leadsImported, .campaignPut, .campaignChanged, .campaignWanted, .daySummarised,
            .pluginLoaded, .pluginSwapped, .pluginRetired, .pluginFailed, .routeChanged,
            .breakerOpened, .breakerClosed, .agentPut, .agentDeleted, .collectionChanged, .hostStarted, .hostDraining,
            .hostStopped:
            nil
        }
    }

    /// `event.append` lets programs of others write it, so that what stays may hold more than we would put there.
    var isOpen: Bool { self == .callReviewed || self == .leadScored }
}
