public import Routes

/// Why a try of a job came to nothing.
public struct JobFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public let message: String
    /// A later try may succeed; otherwise the job has failed.
    public let isRetryable: Bool
    /// How long the far side asks to wait.
    public let retryAfter: Duration?
    /// The job was cancelled, taken over or let go: nothing is to be noted.
    let isStop: Bool

    public init(_ message: String, isRetryable: Bool, retryAfter: Duration? = nil) {
        (self.message, self.isRetryable, self.retryAfter, isStop) = (message, isRetryable, retryAfter, false)
    }

    private init(stop message: String) { (self.message, isRetryable, retryAfter, isStop) = (message, true, nil, true) }

    /// What a route says of a question that it could not answer.
    public init(_ failure: RouteFailure) {
        self.init(failure.description, isRetryable: failure.retryable, retryAfter: failure.retryAfter)
    }

    /// Nobody waits for this try any more.
    static func stopped(_ why: String) -> JobFailure { JobFailure(stop: why) }

    public var description: String { message }
}
