import Core
public import JSONKit
import Store

/// Where a running job tells how far it is.
public struct JobReport: Sendable {
    let advance: @Sendable (Int64, Int64, JSON) async throws(JobFailure) -> Void

    /// A part is done, durably when this returns: a later try begins with `token`.
    /// - Throws: when the job was cancelled or belongs to another host by now: stop.
    public func advanced(_ done: Int, of total: Int, token: JSON) async throws(JobFailure) {
        try await advance(Int64(done), Int64(total), token)
    }
}
