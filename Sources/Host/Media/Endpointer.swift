/// When the caller starts and stops speaking, from the verdict on each frame. A pure value: frames in, events out.
///
///     idle --speech--> started --min_speech--> confirmed --silence--> ended, idle
///                         '-------silence------> abandoned, idle
///
/// One serves endpointing (end after `silence`), another, with a longer `minSpeech`, barge-in (`confirmed` cuts the agent).
/// Positions are milliseconds on the call's clock; missing frames count as silence.
public struct Endpointer: Sendable {
    /// Times in milliseconds.
    public struct Configuration: Sendable, Equatable {
        /// So much speech makes a start certain; less is a cough or a click.
        public var minSpeech: Int
        /// So much silence ends what was confirmed.
        public var silence: Int
        /// How far before its first loud frame speech is taken to begin: soft consonants.
        public var lookBack: Int
        /// Speech is ended after this, whatever is heard: some rooms never fall silent.
        public var longest: Int
        /// So much silence within speech is a pause, of which is told.
        public var pause: Int
        /// The length of a frame.
        public var frame: Int

        public init(
            minSpeech: Int = 80,
            silence: Int = 500,
            lookBack: Int = 200,
            longest: Int = 30_000,
            pause: Int = 160,
            frame: Int = 20
        ) {
            self.minSpeech = minSpeech
            self.silence = silence
            self.lookBack = lookBack
            self.longest = longest
            self.pause = pause
            self.frame = frame
        }
    }

    /// What changed.
    public enum Event: Sendable, Equatable {
        /// The first loud frame. `at`: where recognition should begin, `lookBack` before it, never before the last end.
        case speechStarted(at: Int)
        /// `minSpeech` was heard. `at`: the same position as in `speechStarted`.
        case speechConfirmed(at: Int)
        /// It was too short; what was started is nothing. `at`: the position reached.
        case speechAbandoned(at: Int)
        /// `pause` of silence; whether more follows is open. `at`: where the last loud frame ended.
        case speechPaused(at: Int)
        /// Speech went on after a pause of so many milliseconds.
        case speechResumed(after: Int)
        /// `silence` followed. `at`: where the last loud frame ended.
        case speechEnded(at: Int)
    }

    private enum State: Sendable { case idle, started, confirmed }

    public let configuration: Configuration
    /// So much silence ends what was confirmed; may be changed at any time, also while it runs.
    public var silence: Int
    private var isPaused = false
    private var state = State.idle
    private var begin = 0
    private var heard = 0
    /// Loud frames in a row, and where the last frame ended.
    private var run = 0
    private var reached = 0
    private var lastSpeech = 0
    private var lastEnd = 0

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        silence = configuration.silence
    }

    /// Whether speech is confirmed and has not ended.
    public var isSpeaking: Bool { state == .confirmed }

    /// Takes the verdict on the frame that begins at `position`. Nearly always answers with an empty array, which costs
    /// no allocation; two events at once come only where `minSpeech` is no longer than a frame.
    public mutating func hear(_ isSpeech: Bool, at position: Int) -> [Event] {
        let end = position + configuration.frame
        run = isSpeech ? (position > reached ? 1 : run + 1) : 0
        reached = end
        switch state {
        case .idle: return isSpeech ? start(at: position, end) : []
        case .started:
            guard position - lastSpeech < patience else { return abandon(at: position) }
            return isSpeech ? advance(to: end) : []
        case .confirmed:
            // A single loud frame within the silence is a click and does not make the caller wait longer.
            if run >= 2 { return goOn(from: position, to: end) }
            return endAfterSilence(isSpeech ? position : end)
        }
    }

    /// Forgets what was being heard, without an event: the agent's turn begins, or the line was cleared. Look-back will
    /// not reach before `position`.
    public mutating func reset(at position: Int) {
        (state, isPaused) = (.idle, false)
        run = 0
        lastEnd = position
    }

    private mutating func start(at position: Int, _ end: Int) -> [Event] {
        state = .started
        begin = min(position, max(position - configuration.lookBack, lastEnd))
        heard = 0
        return [.speechStarted(at: begin)] + advance(to: end)
    }

    private mutating func advance(to end: Int) -> [Event] {
        heard += configuration.frame
        lastSpeech = end
        guard heard >= configuration.minSpeech else { return [] }
        state = .confirmed
        return [.speechConfirmed(at: begin)]
    }

    private mutating func goOn(from position: Int, to end: Int) -> [Event] {
        let pause = position - configuration.frame - lastSpeech
        let wasPaused = isPaused
        (lastSpeech, isPaused) = (end, false)
        guard reached - begin < configuration.longest else { return endAfterSilence(end) }
        return wasPaused ? [.speechResumed(after: pause)] : []
    }

    /// Before it is confirmed, speech may pause between two syllables but not longer.
    private var patience: Int { max(configuration.minSpeech, 3 * configuration.frame) }

    private mutating func abandon(at position: Int) -> [Event] {
        state = .idle
        return [.speechAbandoned(at: position)]
    }

    private mutating func endAfterSilence(_ quietUntil: Int) -> [Event] {
        guard quietUntil - lastSpeech >= silence || reached - begin >= configuration.longest else {
            guard !isPaused, quietUntil - lastSpeech >= configuration.pause else { return [] }
            isPaused = true
            return [.speechPaused(at: lastSpeech)]
        }
        state = .idle
        isPaused = false
        lastEnd = lastSpeech
        run = 0
        return [.speechEnded(at: lastSpeech)]
    }
}
