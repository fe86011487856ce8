/// Where a call is, in the carrier's words.
public enum CallStatus: String, Sendable, CaseIterable {
    /// Accepted; waits for its turn.
    case queued
    case initiated
    case ringing
    case inProgress = "in-progress"
    case completed
    case busy
    case noAnswer = "no-answer"
    case failed
    case canceled

    /// Nothing follows it.
    public var isFinal: Bool {
        switch self {
        case .queued, .initiated, .ringing, .inProgress: false
        case .completed, .busy, .noAnswer, .failed, .canceled: true
        }
    }
}
