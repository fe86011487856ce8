public import Core
public import JSONKit

/// What is remembered of a live call after each step: enough for another host to go on with it.
public struct SessionState: Sendable, Equatable {
    public let call: CallID
    public var lastTranscript: String
    public var lastIntent: String
    public var stage: String
    public var context: JSON
    public var updated: Timestamp

    public init(
        call: CallID,
        lastTranscript: String,
        lastIntent: String,
        stage: String,
        context: JSON,
        updated: Timestamp = .now()
    ) {
        (self.call, self.lastTranscript, self.lastIntent) = (call, lastTranscript, lastIntent)
        (self.stage, self.context, self.updated) = (stage, context, updated)
    }

    public var json: JSON {
        [
            "call_id": .string(call.rawValue), "last_transcript": .string(lastTranscript),
            "last_intent": .string(lastIntent),
            "stage": .string(stage), "context": context, "updated_at": .string(updated.description),
        ]
    }
}
