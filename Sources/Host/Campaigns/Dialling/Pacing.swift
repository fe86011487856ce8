/// How many calls are to be under way. A pure value.
///
/// A call that is answered needs a place at once: the free places say how many may be answered, the mode how many are dialled
/// for them.
public struct Pacing: Sendable {
    /// What it is decided by.
    public struct Situation: Sendable {
        /// Places for conversations that this host keeps for the campaign.
        public var places = 0
        /// Conversations under way.
        public var talking = 0
        /// Calls that nobody has answered yet, also those that the carrier has not heard of.
        public var ringing = 0
        public var answers = AnswerRate()
        /// What may still be abandoned, of this host's part.
        public var budget = 0

        public init() {}
    }

    private let pace: Pace

    public init(_ pace: Pace) { self.pace = pace }

    /// How many may ring at once: a place for each, and in the daring modes more, but never so many that the budget would be
    /// overdrawn if everybody answered. Where it is spent, there is a place for each.
    public func lines(_ situation: Situation) -> Int {
        let free = max(0, min(situation.places, pace.concurrent) - situation.talking)
        let most = min(max(free, pace.concurrent - situation.talking), free + situation.budget)
        switch pace.mode {
        case .progressive: return free
        case .ratio: return max(free, min(most, Int(Double(free) * pace.ratio)))
        case .predictive:
            return DropShare.lines(
                places: free,
                answer: situation.answers.upperBound,
                target: pace.dropTarget,
                most: most
            )
        }
    }

    /// How many calls to begin now.
    public func next(_ situation: Situation) -> Int { max(0, lines(situation) - situation.ringing) }
}
