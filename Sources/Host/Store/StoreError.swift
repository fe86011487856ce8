/// Why something could not be stored or read.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another host uses the state folder.
    case inUse(folder: String, holder: String)
    case cannotOpen(path: String, reason: String)
    /// The engine refused: a full disk, a read-only one, a broken file.
    case failed(String)
    /// The engine cannot be reached at the moment; what waits is written when it can.
    case unavailable(String)
    /// More waits to be written than the bound allows; what was offered is not stored.
    case overloaded(waiting: Int)
    /// As many jobs wait as may; none was added.
    case queueFull(waiting: Int)
    /// The thing is not in a state in which it could be changed so.
    case refused(String)
    case notFound(String)
    /// Somebody else changed it meanwhile.
    case revisionConflict(expected: Int64, found: Int64)
    case closed

    public var description: String {
        switch self {
        case .inUse(let folder, let holder):
            "the state folder \(folder) is in use by \(holder); stop that host or set another \"state\""
        case .cannotOpen(let path, let reason): "\(path): \(reason)"
        case .failed(let reason): "the store failed: \(reason)"
        case .unavailable(let reason): "the store is away: \(reason)"
        case .overloaded(let waiting): "\(waiting) events wait to be written; this one was not taken"
        case .queueFull(let waiting): "\(waiting) jobs wait already; let some finish, or raise jobs.queue"
        case .refused(let reason): reason
        case .notFound(let what): "\(what) does not exist"
        case .revisionConflict(let expected, let found): "is at revision \(found), not \(expected); read it again"
        case .closed: "the store is closed"
        }
    }
}
