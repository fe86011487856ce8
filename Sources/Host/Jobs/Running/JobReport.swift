import Core
public import JSONKit
import Store

/// Where a running job tells how far it is.
public struct JobReport: Sendable {
    /// What can be seen of a job that is not over.
    public struct Shown: Sendable, Equatable {
        /// What has come of it so far; without personal data.
        var result: JSON
        /// What the job was made of is not needed any more.
        var forgetsInput: Bool

        public init(_ result: JSON, forgetsInput: Bool = false) {
            (self.result, self.forgetsInput) = (result, forgetsInput)
        }
    }

    let advance: @Sendable (Int64, Int64, JSON, Shown?) async throws(JobFailure) -> Void

    /// A part is done, durably when this returns: a later try begins with `token`.
    /// - Throws: when the job was cancelled or belongs to another host by now: stop.
    public func advanced(
        _ done: Int,
        of total: Int,
        token: JSON,
        showing shown: Shown? = nil
    ) async throws(JobFailure) {
        try await advance(Int64(done), Int64(total), token, shown)
    }
}
