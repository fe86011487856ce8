public import Core

/// What a `DialMachine` is told.
public enum DialInput: Sendable {
    /// Time has passed; `figures` are as they are now.
    case tick(DialFigures)
    /// What the last `.claim` gave; perhaps nothing.
    case claimed([Claim])
    /// What the carrier answered to `.place`.
    case placed(String)
    case refused(String, CarrierRefusal)
    /// A number that is none: not the carrier's fault.
    case invalid(String)
    /// What the carrier answered to `.ask`: it has no such call, or could not be asked.
    case absent(String)
    case unreachable(String)
    /// It has one, or has told of one by itself, in its words.
    case status(String, String)
    /// The conversation has begun.
    case talking(String)
    case concluded(String)
    /// The attempt is over, durably.
    case ended(String, AttemptOutcome)
    /// An attempt of a host that is not heard of any more, or of this one's life before: it is ours now. `status` is the
    /// carrier's last known one; nil: nobody knows whether the carrier has heard of it.
    case inherited(String, status: String?, latestStart: Timestamp?)

    public struct Claim: Sendable, Equatable {
        public let attempt: String
        /// Behind it the call must not be begun: it would ring beyond the window's end.
        public let latestStart: Timestamp?

        public init(_ attempt: String, latestStart: Timestamp?) {
            (self.attempt, self.latestStart) = (attempt, latestStart)
        }
    }
}

/// Why a carrier has not placed a call.
public enum CarrierRefusal: Sendable, Equatable {
    /// It surely did not, and will not until somebody changes something.
    case refused(reason: String)
    /// It surely did not, for now.
    case congested(retryAfter: Duration?)
    /// It may have.
    case unknown(reason: String)
}

/// What is known of a campaign when it is looked at.
public struct DialFigures: Sendable {
    public var isRunning = false
    /// Places for conversations that this host keeps for it.
    public var places = 0
    /// What may still be abandoned, of this host's part.
    public var budget = 0
    /// No lead can be called any more, and nobody is being called, on any host.
    public var isExhausted = false

    public init() {}
}
