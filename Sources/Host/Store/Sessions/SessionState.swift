public import Core
public import JSONKit

/// What is remembered of a live call after each step: enough for another host to go on with it.
public struct SessionState: Sendable, Equatable {
    public let call: CallID
    public var lastTranscript: String
    public var lastIntent: String
    public var stage: String
    /// What the conversation needs to go on; its shape is the business of `Calls`.
    public var context: JSON
    /// Who talks with whom: `{agent, direction, from, to, carrier_call_id}`. Telephone numbers are personal data.
    public var parties: JSON
    public var updated: Timestamp
    /// Counts the hosts that have had the call, from 1. A host that has lost it cannot write over the one that has it.
    public var epoch: Int64
    /// The host that had it before it was taken over.
    public var formerOwner: String

    public init(
        call: CallID,
        lastTranscript: String,
        lastIntent: String,
        stage: String,
        context: JSON,
        parties: JSON = [:],
        updated: Timestamp = .now(),
        epoch: Int64 = 1,
        formerOwner: String = ""
    ) {
        (self.call, self.lastTranscript, self.lastIntent) = (call, lastTranscript, lastIntent)
        (self.stage, self.context, self.parties, self.updated) = (stage, context, parties, updated)
        (self.epoch, self.formerOwner) = (epoch, formerOwner)
    }

    public var json: JSON {
        [
            "call_id": .string(call.rawValue), "last_transcript": .string(lastTranscript),
            "last_intent": .string(lastIntent),
            "stage": .string(stage), "context": context, "updated_at": .string(updated.description),
        ]
    }
}
