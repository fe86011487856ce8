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
        /// The utterance has ended; `at` is where the last sound was.
        case close(at: Int)
        /// Speech that was too short to interrupt; nothing happens.
        case ignore
    }

    private enum State { case idle, waiting(from: Int, voiced: Int), open }

    private let bargeIn: Bool
    private let minimum: Int
    private let confirmed: Int
    private var state = State.idle

    init(_ turnTaking: TurnTaking) {
        (bargeIn, minimum, confirmed) = (turnTaking.bargeIn, turnTaking.bargeInMinSpeech, turnTaking.minSpeech)
    }

    /// Whether the caller is speaking an utterance.
    var isOpen: Bool { if case .open = state { true } else { false } }

    /// Where speech began of which it is not yet clear who gives way: then every frame matters. Nil: there is none.
    var waitingFrom: Int? { if case .waiting(let from, _) = state { from } else { nil } }

    /// Takes what the endpointer made of a frame.
    mutating func hear(_ event: Endpointer.Event, agent: Agent) -> Action? {
        switch (event, state) {
        case (.speechConfirmed(let from), .idle): return confirm(from: from, voiced: confirmed, agent)
        case (.speechEnded(let at), .open):
            state = .idle
            return .close(at: at)
        case (.speechEnded, .waiting), (.speechAbandoned, .waiting):
            state = .idle
            return .ignore
        default: return nil
        }
    }

    /// Takes the verdict on a frame of 20 ms, after its events.
    mutating func frame(isSpeech: Bool, agent: Agent) -> Action? {
        guard case .waiting(let from, let voiced) = state else { return nil }
        return confirm(from: from, voiced: voiced + (isSpeech ? 20 : 0), agent)
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
        state = .open
        return .open(from: from, interrupts: true)
    }
}
