public import Core
public import JSONKit

/// What is remembered of a call after each step, so that another process can go on with it.
public struct CallMemory: Sendable, Equatable {
    public let id: CallID
    public let lastTranscript: String
    public let lastIntent: String
    public let stage: String
    public let context: JSON

    public var json: JSON {
        [
            "call_id": .string(id.rawValue), "last_transcript": .string(lastTranscript),
            "last_intent": .string(lastIntent),
            "stage": .string(stage), "context": context,
        ]
    }
}
