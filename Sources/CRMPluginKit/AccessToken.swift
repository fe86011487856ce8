public import PluginKit
import Synchronization

/// A token that is asked for when it is needed, by one worker for all, and kept until it ends or is refused. For workers
/// only.
public final class AccessToken: Sendable {
    public struct Grant: Sendable {
        public let token: String
        /// Where the service is reached from now on; empty: where it always was.
        public let base: String
        /// Nil: it is good until it is refused.
        public let seconds: Int?

        public init(token: String, base: String = "", seconds: Int? = nil) {
            (self.token, self.base, self.seconds) = (token, base, seconds)
        }
    }

    private let host: Host
    private let turns = Turns()
    private let current = Mutex<(grant: Grant, until: UInt64)?>(nil)

    /// A token must last for as long as a request takes.
    private static let early = 60

    public init(_ host: Host) { self.host = host }

    /// The token, or a new one that `ask` gets.
    public func grant(
        _ attempt: Attempt,
        ask: () throws(PluginProblem) -> Grant
    ) throws(PluginProblem) -> Grant {
        if let known { return known }
        return try turns.take("token", attempt) { () throws(PluginProblem) in
            // Another may have got it meanwhile.
            if let known { return known }
            let grant = try ask()
            let left = grant.seconds.map { max(0, $0 - Self.early) } ?? 1 << 30
            current.withLock { $0 = (grant, host.monotonicMicroseconds + UInt64(left) * 1_000_000) }
            return grant
        }
    }

    /// A token that was refused is not used again.
    public func forget(_ token: String) { current.withLock { if $0?.grant.token == token { $0 = nil } } }

    private var known: Grant? {
        let now = host.monotonicMicroseconds
        return current.withLock { current in current.flatMap { now < $0.until ? $0.grant : nil } }
    }
}
