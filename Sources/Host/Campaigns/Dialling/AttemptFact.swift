public import Core

/// What becomes known of an attempt: from the carrier, from the conversation, or from asking. In any order, and more than once.
public enum AttemptFact: Sendable, Equatable {
    /// The carrier has taken it.
    case placed(carrierCallID: String)
    /// A status in the carrier's words, as a callback tells it, or as the carrier answers (`sequence` nil). `answeredBy` is
    /// empty until it is known; the last one has it.
    case status(String, carrierCallID: String, sequence: Int64? = nil, sipCode: Int64? = nil, answeredBy: String = "")
    /// `human`, `machine_...`, `fax`, `unknown`: the carrier's machine detection.
    case detected(String)
    /// Its media has come: the conversation begins.
    case begun(call: String)
    /// The agent's first sound has left.
    case greeted
    /// The conversation has ended.
    case concluded(Conclusion)
    /// The carrier surely has no such call: it was refused, or never heard of.
    case absent(disposition: String, reason: String)
    /// Nothing but that time has passed.
    case time

    /// How a conversation ended.
    public struct Conclusion: Sendable, Equatable {
        public var call: String
        public var disposition: String
        public var reason = ""
        /// When the line was open, and for how long.
        public var endedAt: Timestamp
        public var duration: Duration
        /// `human`, `machine`, `beep`; empty: nobody asked.
        public var answeredBy = ""
        /// How often the one who was called spoke.
        public var turns: Int64 = 0
        /// From the answer to the agent's first sound; nil: there was none.
        public var greetedAfter: Duration?

        public init(call: String, disposition: String, endedAt: Timestamp, duration: Duration) {
            (self.call, self.disposition, self.endedAt, self.duration) = (call, disposition, endedAt, duration)
        }
    }
}
