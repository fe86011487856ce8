public import Core

/// What one status callback tells.
public struct CallNews: Sendable, Equatable {
    public let event: CallEvents
    public let status: CallStatus
    /// From 0, over the callbacks of one call.
    public let sequence: Int
    /// When it was so; the callback may come later.
    public let at: Timestamp
    /// Seconds of talk; at the end.
    public let duration: Int?
    public let sipCode: Int?
    /// What the machine detection has found until then.
    public let answeredBy: String?
}
