public import Routes

/// Why a try of a job came to nothing.
public struct JobFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public let message: String
    /// A later try may succeed; otherwise the job has failed.
    public let isRetryable: Bool
    /// How long the far side asks to wait.
    public let retryAfter: Duration?
    /// It is tried again for as long as it takes: nobody may forget it.
    let isPatient: Bool
    /// The job was cancelled, taken over or let go: nothing is to be noted.
    let isStop: Bool

    public init(_ message: String, isRetryable: Bool, retryAfter: Duration? = nil) {
        self.init(message, isRetryable, retryAfter)
    }

    private init(
        _ message: String,
        _ isRetryable: Bool,
        _ retryAfter: Duration? = nil,
        isPatient: Bool = false,
        isStop: Bool = false
    ) {
        (self.message, self.isRetryable, self.retryAfter) = (message, isRetryable, retryAfter)
        (self.isPatient, self.isStop) = (isPatient, isStop)
    }

    /// What a route says of a question that it could not answer.
    public init(_ failure: RouteFailure) {
        self.init(failure.description, isRetryable: failure.retryable, retryAfter: failure.retryAfter)
    }

    /// Nobody waits for this try any more.
    static func stopped(_ why: String) -> JobFailure { JobFailure(why, true, isStop: true) }

    /// What must be done, and cannot be done yet.
    static func patient(_ why: String, retryAfter: Duration? = nil) -> JobFailure {
        JobFailure(why, true, retryAfter, isPatient: true)
    }

    public var description: String { message }
}
