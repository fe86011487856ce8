public import Core
public import JSONKit

/// One event that a consumer has not taken yet.
public struct Delivery: Sendable, Equatable {
    public enum State: String, Sendable { case waiting, parked }

    public let consumer: String
    public let position: Int64
    public let state: State
    public let tries: Int
    public let nextAt: Timestamp
    public let error: String

    public var json: JSON {
        [
            "consumer": .string(consumer), "position": .int(position), "state": .string(state.rawValue),
            "tries": .int(Int64(tries)), "next_at": .string(nextAt.description), "error": .string(error),
        ]
    }
}

/// Why a consumer did not take an event.
public struct DeliveryFailure: Error, Equatable, Sendable {
    public let message: String
    /// A later try may succeed; otherwise the event is parked at once.
    public let isRetryable: Bool
    /// How long the far side asks to wait.
    public let retryAfter: Duration?

    public init(_ message: String, isRetryable: Bool, retryAfter: Duration? = nil) {
        (self.message, self.isRetryable, self.retryAfter) = (message, isRetryable, retryAfter)
    }
}
