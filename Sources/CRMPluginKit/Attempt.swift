public import PluginKit
public import ProviderKit
import Synchronization

/// The time that one item has, for all of its requests together. Any thread.
public final class Attempt: Sendable {
    private let host: Host
    /// Of the monotonic clock, in microseconds.
    private let deadline: UInt64
    private let isCancelled = Atomic<Bool>(false)

    /// Less is no time for a request.
    private static let least = 200

    public init(_ host: Host, milliseconds: Int) {
        self.host = host
        deadline = host.monotonicMicroseconds + UInt64(max(0, milliseconds)) * 1000
    }

    /// Nobody waits for it any more.
    public func cancel() { isCancelled.store(true, ordering: .relaxed) }

    public var leftMilliseconds: Int {
        let now = host.monotonicMicroseconds
        return deadline > now ? Int((deadline - now) / 1000) : 0
    }

    /// Makes a request and waits for its answer, no longer than there is time.
    /// - Throws: `.cancelled`; `.timeout`, naming `total_ms`; what `Host.exchange` throws.
    public func exchange(_ request: HTTPRequest) throws(PluginProblem) -> HTTPAnswer {
        let left = try checkedLeft()
        var request = request
        request.totalMilliseconds = request.totalMilliseconds == 0 ? left : min(left, request.totalMilliseconds)
        request.idleMilliseconds = request.totalMilliseconds
        return try host.exchange(request, limit: 16 << 20)
    }

    /// Waits, if there is time for that and for a request after it; otherwise it throws.
    public func pause(milliseconds: Int) throws(PluginProblem) {
        guard try checkedLeft() > milliseconds + Self.least else { throw outOfTime }
        Pause.wait(microseconds: UInt64(milliseconds) * 1000)
    }

    private func checkedLeft() throws(PluginProblem) -> Int {
        guard !isCancelled.load(ordering: .relaxed) else { throw PluginProblem(.cancelled, "nobody waits any more") }
        let left = leftMilliseconds
        guard left >= Self.least else { throw outOfTime }
        return left
    }

    private var outOfTime: PluginProblem {
        PluginProblem(.timeout, "the CRM took longer than total_ms for one record; it is tried again")
    }
}
