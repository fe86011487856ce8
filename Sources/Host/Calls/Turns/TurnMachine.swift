import Media

/// Whose turn it is: when the caller's speech becomes an utterance, and when it stops the agent.
///
/// It gets the endpointer's events and the verdict on each frame, with what the agent is doing at that moment, and answers
/// with at most one action. No clock, no I/O, no allocation.
struct TurnMachine: ~Copyable {
    /// What the agent is doing, as the caller would see it.
    enum Agent { case silent, thinking, speaking }

    enum Action: Equatable {
        /// The caller's speech is an utterance, from this position (milliseconds) on; look-back is included.
        case open(from: Int, interrupts: Bool)
        /// The caller speaks beside the agent: enough to be listened to, not yet enough to stop it.
        case consider(from: Int)
        /// What is considered has gone on for so long that it is no backchannel, or the agent has fallen silent by itself.
        case insist
        /// The caller pauses, and may go on.
        case pause
        /// The caller went on after so many milliseconds.
        case resume(after: Int)
        /// The utterance has ended; `at` is where the last sound was.
        case close(at: Int)
        /// Speech that was too short to be anything; nothing happens.
        case ignore
    }

    private enum State { case idle, waiting(from: Int, voiced: Int), considering(voiced: Int), open }

    private let bargeIn: Bool
    private let minimum: Int
    private let certain: Int
    private let confirmed: Int
    private var state = State.idle

    init(_ turnTaking: TurnTaking) {
        (bargeIn, minimum, confirmed) = (turnTaking.bargeIn, turnTaking.bargeInMinSpeech, turnTaking.minSpeech)
        certain = turnTaking.bargeInCertain
    }

    /// Whether the caller is speaking an utterance.
    var isOpen: Bool { if case .open = state { true } else { false } }

    /// Where speech began of which it is not yet clear who gives way. Nil: there is none.
    var waitingFrom: Int? { if case .waiting(let from, _) = state { from } else { nil } }

    /// Whether every frame matters.
    var isUndecided: Bool {
        switch state {
        case .waiting, .considering: true
        case .idle, .open: false
        }
    }

    /// Takes what the endpointer made of a frame.
    mutating func hear(_ event: Endpointer.Event, agent: Agent) -> Action? {
        switch (event, state) {
        case (.speechConfirmed(let from), .idle): return confirm(from: from, voiced: confirmed, agent)
        case (.speechEnded(let at), .open), (.speechEnded(let at), .considering):
            state = .idle
            return .close(at: at)
        case (.speechPaused, .open), (.speechPaused, .considering): return .pause
        case (.speechResumed(let pause), .open), (.speechResumed(let pause), .considering): return .resume(after: pause)
        case (.speechEnded, .waiting), (.speechAbandoned, .waiting):
            state = .idle
            return .ignore
        default: return nil
        }
    }

    /// Takes the verdict on a frame of 20 ms, after its events.
    mutating func frame(isSpeech: Bool, agent: Agent) -> Action? {
        let more = isSpeech ? 20 : 0
        switch state {
        case .waiting(let from, let voiced): return confirm(from: from, voiced: voiced + more, agent)
        case .considering(let voiced): return insist(voiced: voiced + more, agent)
        case .idle, .open: return nil
        }
    }

    /// Drops what is being heard: the call is about to end.
    mutating func reset() { state = .idle }

    private mutating func confirm(from: Int, voiced: Int, _ agent: Agent) -> Action? {
        guard agent == .speaking else {
            state = .open
            return .open(from: from, interrupts: false)
        }
        guard bargeIn, voiced >= minimum else {
            state = .waiting(from: from, voiced: voiced)
            return nil
        }
        guard voiced >= certain else {
            state = .considering(voiced: voiced)
            return .consider(from: from)
        }
        state = .open
        return .open(from: from, interrupts: true)
    }

    private mutating func insist(voiced: Int, _ agent: Agent) -> Action? {
        guard voiced >= certain || agent != .speaking else {
            state = .considering(voiced: voiced)
            return nil
        }
        state = .open
        return .insist
    }
}
