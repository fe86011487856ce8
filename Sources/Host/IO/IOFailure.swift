import Glibc

/// Why something of the network or a socket did not work; one line for people.
public enum IOFailure: Error, Equatable, CustomStringConvertible {
    /// The address cannot be listened on.
    case cannotListen(String, reason: String)
    /// No connection, or it broke.
    case unreachable(String, reason: String)
    /// No answer in time.
    case timedOut(String)
    /// The far side said something that makes no sense.
    case malformed(String)
    /// A file that was named does not serve its purpose.
    case unusable(String)
    /// Out of memory or descriptors.
    case exhausted(String)

    public var description: String {
        switch self {
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .unreachable(let address, let reason): "cannot reach \(address): \(reason)"
        case .timedOut(let what): "no answer in time: \(what)"
        case .malformed(let what): "malformed answer: \(what)"
        case .unusable(let what): "cannot use \(what)"
        case .exhausted(let what): "out of resources: \(what)"
        }
    }

    /// What `errno` says.
    static var systemReason: String { String(cString: strerror(errno)) }
}
