import Core
import JSONKit

/// The conversation of one call. Inputs with their time go in, actions come out; it has no clock and does no I/O.
///
/// The extensions follow a turn: listening, understanding, replying, speaking, ending.
struct CallMachine: ~Copyable {
    enum Phase: Equatable {
        /// The line is not ready yet.
        case ringing
        case live
        /// The last words are being spoken.
        case closing(disposition: String, reason: String)
        /// The line is closed; the recording is being stored.
        case storing(disposition: String, reason: String)
        case over
    }

    private(set) var agent: AgentDocument
    let details: CallDetails
    let records: Bool

    var phase = Phase.ringing
    var stage: Stage
    var conversation = Conversation()
    var speech = Speech()
    var turn: Turn?
    /// The utterance the caller is speaking.
    var hearing: UInt64?
    /// What is understood so far of the utterance.
    var partial = ""
    /// Where the utterance before ended, in milliseconds of the caller's audio.
    var lastEnd: Int?
    /// Whether the caller is silent within it.
    var isPausing = false
    /// What the caller says beside the agent's speech.
    var aside: Aside?
    /// What the caller cut off, as long as it may have been by mistake.
    var interruption: Interruption?
    var endpointing: Endpointing
    /// The language that is spoken.
    private(set) var tongue: Tongue
    /// What was learned, and is being asked for.
    var slots = Slots()
    /// Keys pressed so far of an answer.
    var keys = ""
    /// Where the call goes once what was said has been heard.
    var leaving: Leaving?
    /// To whom the line is being given.
    var transferring: String?
    /// How many turns there had been when the stage was entered.
    var turnsBeforeStage = 0
    /// An operator's words that wait until the caller has finished.
    var held: [String] = []
    /// Once the agent has been heard, the call ends with this disposition.
    var endAfterSpeech: String?

    var startedAt: Moment?
    /// When the agent's first sound was heard.
    var greetedAt: Moment?
    var endedAt: Moment?
    var turns = 0
    var bargeIns = 0
    var stagesVisited: [String] = []
    var intents: [JSON] = []
    var lastTranscript = ""
    var lastIntent = ""
    var recording: JSON?
    /// Utterances in a row that were not understood, failures of recognition in a row, silences in a row.
    var misses = 0
    var troubles = 0
    var silences = 0
    var isPrompted = false

    private var lastItem: UInt64 = 0
    /// When the input came that is being handled, or was handled last.
    private(set) var lastInput: Moment?
    /// Who answered a call that was placed, once it is known; and whether a machine's beep is awaited.
    var answeredBy: AnsweredBy?
    var waitsForBeep = false
    /// When the caller's last sound was spoken; the driver keeps it.
    var lastSound: Moment?
    var out: [CallAction] = []

    /// `records`: there is a recording to wait for at the end.
    init(_ details: CallDetails, records: Bool) {
        (agent, self.details, self.records) = (details.agent, details, records)
        slots.lead = details.order?.fields ?? [:]
        stage = details.agent.stage(details.agent.start) ?? details.agent.stages[0]
        tongue = details.agent.tongue(of: stage)
        endpointing = Endpointing(details.agent.turnTaking, tongue.completeness)
    }

    mutating func newItem() -> UInt64 {
        lastItem += 1
        return lastItem
    }

    /// Takes one input and says what to do now.
    mutating func handle(_ input: CallInput, at now: Moment) -> [CallAction] {
        guard phase != .over else { return late(input) }
        lastInput = now
        switch input {
        case .connected: connected(now)
        case .turn(let action, let position): hear(action, position, now)
        case .transcript(let item, let text, let isFinal): transcribed(item, text, isFinal: isFinal, now)
        case .recognitionFailed: recognitionFailed(now)
        case .labels(let item, let labels): labelled(item, labels, now)
        case .passages(let item, let passages): retrieved(item, passages, now)
        case .replyPiece(let item, let text): replied(item, text, now)
        case .toolCalls(let item, let calls): called(item, calls, now)
        case .toolResult(let item, let outcome): toolFinished(item, outcome, now)
        case .answeredBy(let who, let source): answered(by: who, source: source, now)
        case .transferred: transferred(now)
        case .transferFailed(let reason): transferFailed(reason, now)
        case .handedOver(let agent): handedOver(agent, now)
        case .replyDone(let item): replyDone(item, now)
        case .replyRestarted(let item): replyRestarted(item, now)
        case .replyFailed(let item): replyFailed(item, now)
        case .synthesisStarted(let item): synthesisStarted(item, now)
        case .wordTimes(let item, let ends): speech.timed(item, ends: ends)
        case .synthesised(let item, let milliseconds): speech.synthesised(item, milliseconds: milliseconds)
        case .synthesisFailed: synthesisFailed(now)
        case .playing(let item): playing(item, now)
        case .audible(let item, let online, let at): audible(item, online, at)
        case .sent(let item): sent(item)
        case .heard(let item): heard(item, now)
        case .digit(let digit): pressed(digit, now)
        case .say(let text): say(text, now)
        case .hangup(let reason): end("operator_hangup", reason: reason, now)
        case .lineClosed(let reason): lineClosed(reason, now)
        case .recordingStored(let stored): recordingStored(stored, now)
        case .timer(let timer): due(timer, now)
        }
        defer { out = [] }
        return out
    }

    /// The actions of the last input have been performed: what that took is our own share of the delay.
    mutating func performed(at now: Moment) {
        guard let lastInput, turn?.ledger.closed != nil, turn?.ledger.playing == nil else { return }
        turn?.ledger.own += max(0, now.milliseconds(since: lastInput))
    }

    // MARK: State

    /// Whether the caller's speech is still for us.
    var listens: Bool { phase == .live && !waitsForBeep && !(isClosingStage && speech.isActive) }

    var isClosingStage: Bool { stage.final != nil || endAfterSpeech != nil }

    /// What the agent is doing, as the caller hears it.
    var activity: TurnMachine.Agent {
        if speech.isAudible { return .speaking }
        return turn != nil || speech.isActive ? .thinking : .silent
    }

    /// For `call.get`.
    var stateName: String {
        switch phase {
        case .ringing: return "ringing"
        case .closing, .storing, .over: return "ending"
        case .live:
            if hearing != nil { return "hearing" }
            switch activity {
            case .speaking: return turns == 0 && turn == nil ? "greeting" : "speaking"
            case .thinking: return "thinking"
            case .silent: return "listening"
            }
        }
    }

    // MARK: Beginning

    private mutating func connected(_ now: Moment) {
        guard phase == .ringing else { return }
        phase = .live
        startedAt = now
        out.append(.record(details.resumed == nil ? .callStarted : .callContinued, beginning))
        out.append(.arm(.duration, after: .seconds(agent.turnTaking.maxDurationSeconds)))
        if let memory = details.resumed { return resume(memory, now) }
        if let who = AnsweredBy(carrier: details.answeredBy) {
            answered(by: who, source: "carrier", now)
            // A machine is not talked with.
            guard phase == .live, !waitsForBeep else { return }
        }
        enter(stage, by: "start")
        perform(stage.enter, now)
        if !agent.greeting.isEmpty { speak(slots.fill(agent.greeting, agent)) }
        if !speech.isActive { armSilence() }
    }

    /// Another document is the agent from now on.
    mutating func adopt(_ next: AgentDocument) {
        agent = next
        stage = next.stage(next.start) ?? next.stages[0]
        tongue = next.tongue(of: stage)
        endpointing = Endpointing(next.turnTaking, tongue.completeness)
    }

    /// Moves to a stage, also to the one it is in, and starts the stage's own time.
    mutating func enter(_ next: Stage, by cause: String) {
        let previous = stagesVisited.last
        stage = next
        speakLanguage(of: next)
        turnsBeforeStage = turns
        slots.awaited = nil
        if previous != next.name { stagesVisited.append(next.name) }
        var data: JSONObject = ["stage": .string(next.name), "by": .string(cause)]
        if let previous { data["from"] = .string(previous) }
        out.append(.record(.stageEntered, .object(data)))
        out.append(.disarm(.stage))
        if let seconds = stageSeconds { out.append(.arm(.stage, after: .seconds(seconds))) }
        out.append(.remember)
    }

    /// Recognition, intent and model are opened anew in another language; the voice is with the next sentence.
    private mutating func speakLanguage(of next: Stage) {
        let wanted = agent.tongue(of: next)
        guard wanted.language != tongue.language else { return }
        tongue = wanted
        endpointing = Endpointing(agent.turnTaking, wanted.completeness)
        out.append(.reopen)
    }

    private var stageSeconds: Int? {
        for transition in stage.transitions { if case .after(let seconds) = transition.trigger { return seconds } }
        return nil
    }
}
