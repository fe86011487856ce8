public import PluginKit
import Synchronization

/// The day's requests are used up: nothing is asked for a while, and whoever comes is told so at once. Any thread.
public final class Quota: Sendable {
    private let host: Host
    /// Of the monotonic clock, in microseconds, and what the far side said.
    private let closed = Mutex<(until: UInt64, text: String)>((0, ""))

    /// After so long one request finds out; the day's end may be nearer than it seems.
    private static let longest = 3_600_000

    public init(_ host: Host) { self.host = host }

    /// - Throws: `.unavailable`, with the time that is left, while nothing may be asked.
    public func check() throws(PluginProblem) {
        let now = host.monotonicMicroseconds
        let (until, text) = closed.withLock { $0 }
        guard now < until else { return }
        throw PluginProblem(.unavailable, text, retryAfterMilliseconds: Int((until - now) / 1000) + 1)
    }

    /// The far side has said that it is used up. Returns the problem to be told.
    public func close(milliseconds: Int, _ text: String) -> PluginProblem {
        let wait = min(max(1000, milliseconds), Self.longest)
        let until = host.monotonicMicroseconds + UInt64(wait) * 1000
        closed.withLock { $0 = (until, text) }
        return PluginProblem(.unavailable, text, retryAfterMilliseconds: wait)
    }
}
