public import Core

/// Why something could not be done with a call.
public enum CallFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// No live call has this identifier.
    case notLive(CallID)
    /// As many calls as the configuration allows are live.
    case full(limit: Int)
    /// The host is shutting down.
    case draining
    /// What was asked for cannot be done, and why.
    case invalid(String)

    public var description: String {
        switch self {
        case .notLive(let id): "no live call is called \(id)"
        case .full(let limit): "all \(limit) lines are busy"
        case .draining: "the host is shutting down"
        case .invalid(let reason): reason
        }
    }
}
