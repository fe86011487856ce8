public import JSONKit

/// One place where something about persons is kept, besides the log and the jobs.
public struct ErasurePlace: Sendable {
    /// As the job's result calls it.
    public let name: String
    /// Erases what there is; `{"erased": 3}`, or who has it out of our reach. Asking again is harmless.
    public let erase: @Sendable (Traces) async throws(JobFailure) -> JSON

    public init(_ name: String, _ erase: @escaping @Sendable (Traces) async throws(JobFailure) -> JSON) {
        (self.name, self.erase) = (name, erase)
    }
}
