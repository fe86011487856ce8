import Core
import JSONKit
import Media
import PluginHost
import Routes

/// One live call: hears, asks, speaks and records what its machines decide. Confined to its loop.
///
/// The extensions perform the actions (`+actions`), listen (`+hearing`), speak (`+speaking`) and store (`+storing`).
public final class LiveCall {
    public let details: CallDetails
    let loop: any EventLoop
    let services: CallServices
    let metrics: CallMetrics
    let paces: VoicePaces
    /// Lets go of the call when it is over.
    let onFinish: (LiveCall) -> Void
    /// Asks for `tick` every 20 ms as long as there is something to play.
    let onActive: (LiveCall) -> Void
    let startedAt = Timestamp.now()
    let started: Moment

    var line: (any Line)?
    var machine: CallMachine
    private var inbox: [CallInput] = []
    private var isBusy = false
    /// Something is to be remembered; once for all that an input brought about.
    var isChanged = false
    /// The line is closed: there is nothing that another host could go on with.
    var hasForgotten = false
    /// How many things the host is fetching for the call: passages, results of tools.
    public internal(set) var errands = 0
    var inputAt: Moment
    private var timers = [TimerID?](repeating: nil, count: CallTimer.allCases.count)

    // Hearing
    var turns: TurnMachine
    var endpointer: Endpointer
    var activity = VoiceActivity()
    var ring = PCMRing(capacity: 30 * 8000)
    var utterances: [Utterance] = []
    var hearing: UInt64 = 0
    var origin: Int?
    /// Only on calls that were placed.
    var answer: AnswerDetector?
    var beep = BeepDetector()
    var lastSound = LastSound()
    var lineClock = LineClock()
    var framesIn = 0
    /// Frames that the line's positions say were sent and that never came.
    var framesLost = 0

    /// Only where recognition or the voice wants another rate than the line's.
    var converter = Converter()
    var voiceConverter = Converter()

    // Speaking
    var playout = Playout()
    /// Sentences, and what their voice is opened with.
    var pending: [(item: UInt64, text: String, voice: JSON)] = []
    /// What the open voice was opened with.
    var voice: JSON = [:]
    var synthesising: Synthesis?
    /// Keys to be pressed, by the item in whose place they are played.
    var tones: [UInt64: [Int16]] = [:]
    /// The sentence that goes to the line and has had no sound yet, and when the line began with it.
    var unheard: (item: UInt64, online: Moment?)?
    /// The voice that failed last.
    var lastVoice = ""
    var isTicking = false
    var isSending = false
    var isPumping = false
    var framesOut = 0

    var asr: RouteSession?
    var intent: RouteSession?
    var llm: RouteSession?
    var tts: RouteSession?
    var recording: Recording?

    /// A stretch of the caller's audio that recognition may need again.
    struct Utterance {
        let item: UInt64
        let start: Int
        var end: Int?
    }

    init(
        _ details: CallDetails,
        line: any Line,
        loop: any EventLoop,
        services: CallServices,
        metrics: CallMetrics,
        paces: VoicePaces,
        onActive: @escaping (LiveCall) -> Void,
        onFinish: @escaping (LiveCall) -> Void
    ) {
        (self.details, self.line, self.loop, self.services, self.metrics) = (details, line, loop, services, metrics)
        (self.paces, self.onActive, self.onFinish) = (paces, onActive, onFinish)
        started = loop.now
        inputAt = started
        let isRecorded = details.agent.recording && services.recorder != nil
        machine = CallMachine(details, records: isRecorded)
        let settings = details.agent.turnTaking
        turns = TurnMachine(settings)
        endpointer = Endpointer(.init(minSpeech: settings.minSpeech, silence: settings.endpointing))
        if details.direction == .outbound { answer = AnswerDetector() }
        if isRecorded { recording = services.recorder?.start(path: recordingPath) }
    }

    /// The document in force: a hand-over may have changed it.
    var agent: AgentDocument { machine.agent }

    /// Begins the conversation; the line is ready for audio.
    func start() { take(.connected) }

    // MARK: Inputs

    /// Everything up to this mark was heard or cleared.
    public func marked(_ name: String) {
        guard name.first == "s", let item = UInt64(name.dropFirst()) else { return }
        take(.heard(item: item))
    }

    /// A key on the caller's telephone.
    public func digit(_ digit: Character) { take(.digit(digit)) }

    /// The line has gone. Harmless when it was closed from here.
    public func lineClosed(reason: String) {
        line = nil
        take(.lineClosed(reason: reason))
    }

    /// An operator's words.
    func say(_ text: String) { take(.say(text)) }

    func hangup(reason: String) { take(.hangup(reason: reason)) }

    /// Hands an input to the machine and performs what it answers. An input that comes meanwhile waits its turn.
    func take(_ input: CallInput) {
        inbox.append(input)
        guard !isBusy else { return }
        isBusy = true
        var index = 0
        while index < inbox.count {
            inputAt = loop.now
            for action in machine.handle(inbox[index], at: inputAt) { perform(action) }
            machine.performed(at: loop.now)
            index += 1
        }
        inbox.removeAll(keepingCapacity: true)
        isBusy = false
        if isChanged {
            isChanged = false
            if !hasForgotten { services.remember(details.id, machine.memory) }
        }
        pump()
    }

    // MARK: Timers

    func arm(_ timer: CallTimer, after delay: Duration) {
        disarm(timer)
        timers[timer.rawValue] = loop.schedule(after: delay) { [self] in
            timers[timer.rawValue] = nil
            take(.timer(timer))
        }
    }

    func disarm(_ timer: CallTimer) {
        guard let id = timers[timer.rawValue] else { return }
        loop.cancel(id)
        timers[timer.rawValue] = nil
    }

    /// The call as it is now.
    public var summary: CallSummary {
        CallSummary(
            id: details.id,
            agent: agent.name,
            direction: details.direction,
            from: details.from,
            to: details.to,
            carrierCallID: details.carrierCallID,
            state: machine.stateName,
            stage: machine.stage.name,
            startedAt: startedAt,
            seconds: (loop.now - started).fractionalSeconds,
            turns: machine.turns,
            transcript: machine.conversation.transcript,
            session: machine.memory.json
        )
    }
}
