import Calls

/// A call that is to be placed.
struct CallPlacement: Sendable {
    /// Whether the carrier finds out who answers.
    enum Detection: String, Sendable {
        case off
        /// As soon as it is known.
        case start
        /// With machines, when they record.
        case messageEnd = "message_end"
    }

    /// The attempt's identifier, which comes back in the addresses that the carrier asks.
    let attempt: String
    /// In E.164; personal data.
    let to: String
    let from: String
    /// How long it may ring, in seconds; nil: as the plugin's configuration says.
    var rings: Int64?
    /// The carrier cuts the call after so many seconds, in case that nobody else does; nil: when it likes to.
    var longest: Int64?
    var detection = Detection.off
}

extension CallPlacement {
    /// The carrier cuts a call so many seconds later than its agent would have ended it.
    private static let grace: Int64 = 60

    /// A call with this agent: the detection listens for what the agent wants to know, and the carrier cuts the call when the
    /// agent should have long ended it. `machines` goes before what the agent does when a machine answers.
    init(
        attempt: String,
        to: String,
        from: String,
        rings: Int64?,
        agent: AgentDocument,
        machines: Voicemail.Action? = nil
    ) {
        (self.attempt, self.to, self.from, self.rings) = (attempt, to, from, rings)
        longest = Int64(agent.turnTaking.maxDurationSeconds) + Self.grace
        detection = agent.voicemail.action(wanted: machines) == .leaveMessage ? .messageEnd : .start
    }
}
