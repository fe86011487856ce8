public import Core
public import JSONKit

/// What is done with a lead that a claim has looked at.
public enum Claiming: Sendable {
    /// It is called. `decision` says why it may be; the attempt is looked at again by `until` at the latest.
    case dial(decision: JSON, until: Timestamp)
    /// Not before then; it is not looked at until that time.
    case wait(until: Timestamp)
    /// Never again.
    case close(reason: String)
    /// Left as it is, for a reason that is not the lead's. It stands in the way of the next ones until then.
    case pass
}
