public import Core
public import JSONKit
public import Store

/// How one kind of job is done.
public protocol JobWork: Sendable {
    /// What such jobs are called: `review`.
    var kind: String { get }

    /// The key of the job that somebody wants; what was left out is filled in.
    /// - Throws: where something is missing that cannot be guessed.
    func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key

    /// Does it, or what is left of it: `job.token` tells how far an earlier try came. Long work reports each part; a report
    /// that throws means that nobody wants the job any more. Whatever the job brings about in the log is in the outcome, with
    /// identifiers made by `job.eventID`, so that it stands there once.
    func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome
}

/// What a job has come to.
public struct JobOutcome: Sendable {
    /// For `job.get`; without personal data.
    public var result: JSON
    /// Appended to the log in the commit that makes the job done.
    public var events: [Event]

    public init(_ result: JSON, events: [Event] = []) { (self.result, self.events) = (result, events) }
}
