/// Somebody, or something, that is called: how a call to it goes.
public struct Persona: Sendable, Equatable {
    /// What a call to it comes to.
    public enum Kind: String, Sendable, CaseIterable {
        /// A person who answers and talks by `says` or `audio`.
        case talk
        /// A person who answers and hangs up at once.
        case hangUp = "hang_up"
        /// A machine: a greeting, a beep, and then it records.
        case voicemail
        case fax
        case busy
        /// Nobody comes: it rings until the caller gives up.
        case ring
        /// The network knows no way there.
        case unreachable
        /// The carrier refuses the number at once.
        case invalid

        /// Whether such a call is answered at all.
        public var isAnswered: Bool {
            switch self {
            case .talk, .hangUp, .voicemail, .fax: true
            case .busy, .ring, .unreachable, .invalid: false
            }
        }

        /// Whether a number stays that way: a fax today is no person tomorrow.
        var isLasting: Bool { self == .fax || self == .unreachable || self == .invalid }
    }

    public var name: String
    public var kind: Kind
    /// How often it is met among numbers that are nobody in particular.
    public var weight: Double
    /// Seconds until it answers.
    public var rings: ClosedRange<Double>
    /// Seconds from the answer until it hangs up of its own, whatever is being said; nil: people when their script is over.
    public var stays: ClosedRange<Double>?
    /// Seconds of thought before each answer.
    public var thinks: ClosedRange<Double>
    /// What it says: the first as soon as it is connected, each further one when the agent has spoken.
    public var says: [String]
    /// WAV files instead of `says`, in the same order; absolute paths.
    public var audio: [String]
    /// What becomes of the conversation, for those who simulate without one: "callback", "do_not_call", "interested"...
    public var wish: String

    public init(
        _ name: String,
        _ kind: Kind,
        weight: Double = 0,
        rings: ClosedRange<Double> = 3...18,
        stays: ClosedRange<Double>? = nil,
        thinks: ClosedRange<Double> = 0.3...0.9,
        says: [String] = [],
        audio: [String] = [],
        wish: String = ""
    ) {
        (self.name, self.kind, self.weight, self.rings, self.stays) = (name, kind, weight, rings, stays)
        (self.thinks, self.says, self.audio, self.wish) = (thinks, says, audio, wish)
    }

    /// How long it stays where no conversation is held.
    var usualStay: ClosedRange<Double> {
        switch kind {
        case .hangUp: 0.3...2
        case .voicemail: 30...60
        case .fax: 15...30
        default: 20...180
        }
    }
}
