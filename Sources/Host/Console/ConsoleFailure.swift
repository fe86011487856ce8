public import JSONKit

/// Why a request to the host did not give a result; the process's exit code goes with it.
public enum ConsoleFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The host answered with an error.
    case refused(code: Int, message: String, data: JSON)
    case usage(String)
    case unreachable(String)
    case timedOut(String)

    public var exitCode: Int32 {
        switch self {
        case .refused: 1
        case .usage: 2
        case .unreachable: 3
        case .timedOut: 4
        }
    }

    public var description: String {
        switch self {
        case .refused(_, let message, _): message
        case .usage(let reason): reason
        case .unreachable(let reason): reason
        case .timedOut(let what): "no answer in time: \(what)"
        }
    }
}
