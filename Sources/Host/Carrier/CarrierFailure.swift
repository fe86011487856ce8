/// Why the simulated carrier could not do what it was asked.
public enum CarrierFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The voice webhook did not answer with 200.
    case webhook(status: Int, body: String)
    /// The answer is not TwiML that this carrier understands.
    case instructions(String)
    case connection(String)
    /// What was waited for did not happen.
    case timedOut(String)
    case closed(String)

    public var description: String {
        switch self {
        case .webhook(let status, let body): "the voice webhook answered \(status): \(body)"
        case .instructions(let reason): "the call's instructions: \(reason)"
        case .connection(let reason): "the media socket: \(reason)"
        case .timedOut(let what): "waited in vain for \(what)"
        case .closed(let reason): "the media socket was closed: \(reason)"
        }
    }
}
