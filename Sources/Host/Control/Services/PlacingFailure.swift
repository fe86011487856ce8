public import Store

/// Why a call was not placed, or why nobody knows whether it was; one line for people.
public enum PlacingFailure: Error, Equatable, CustomStringConvertible {
    case unknownAgent(String)
    /// The same wish was fulfilled already, or may have been.
    case repeated(attempt: String)
    /// Somebody does not want to be called.
    case suppressed(String)
    /// The carrier will not, until something is changed.
    case refused(String)
    /// There is no such number.
    case invalid(String)
    /// The carrier has too much to do.
    case congested(String)
    /// It may ring; the attempt's events will tell.
    case unknown(attempt: String, String)
    case store(StoreError)

    public var description: String {
        switch self {
        case .unknownAgent(let name): "no agent is called \(name); `patchbay agent list` shows them"
        case .repeated(let attempt): "this was asked for already; look for events with attempt_id \(attempt)"
        case .suppressed(let reason): "the number must not be called: \(reason)"
        case .refused(let reason): "the carrier refuses: \(reason)"
        case .invalid(let reason): "the number cannot be called: \(reason)"
        case .congested(let reason): "the carrier has too much to do, try again: \(reason)"
        case .unknown(let attempt, let reason):
            "the call may have been placed (\(reason)); look for events with attempt_id \(attempt) before placing it again"
        case .store(let error): error.description
        }
    }
}
