/// Who answered a call that we placed: people say "Hello?" and wait, machines talk on. A pure value: a verdict on each
/// frame of 20 ms in, at most one answer out.
public struct AnswerDetector: Sendable {
    public enum Answer: Sendable, Equatable { case human, machine }

    /// Times in milliseconds.
    public struct Configuration: Sendable, Equatable {
        /// A greeting that is longer than this is a machine's, pauses included.
        public var greeting = 2600
        /// So much silence behind a shorter one: somebody waits for us.
        public var silence = 900
        /// Nobody has said anything for so long: it is taken for a person.
        public var patience = 6000

        public init() {}
    }

    private let configuration: Configuration
    private var elapsed = 0
    private var begin: Int?
    private var lastSpeech = 0
    private var isDecided = false

    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Takes the verdict on the next frame.
    public mutating func hear(isSpeech: Bool) -> Answer? {
        guard !isDecided else { return nil }
        elapsed += 20
        if isSpeech {
            begin = begin ?? elapsed - 20
            lastSpeech = elapsed
        }
        guard let begin else { return elapsed >= configuration.patience ? decide(.human) : nil }
        if lastSpeech - begin > configuration.greeting { return decide(.machine) }
        return elapsed - lastSpeech >= configuration.silence ? decide(.human) : nil
    }

    private mutating func decide(_ answer: Answer) -> Answer {
        isDecided = true
        return answer
    }
}
