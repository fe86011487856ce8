public import Core
public import JSONKit

/// What is remembered of a call after each step, so that another process can go on with it.
public struct CallMemory: Sendable, Equatable {
    public let id: CallID
    public let lastTranscript: String
    public let lastIntent: String
    public let stage: String
    /// `{messages, turns, slots, awaited, stages, intents, barge_ins, transcript, part, seconds}`.
    public let context: JSON
    /// `{agent, direction, from, to, carrier_call_id}`; telephone numbers are personal data.
    public let parties: JSON
    /// Counts the hosts that have had the call, from 1.
    public let epoch: Int64
    /// The host that had it before.
    public let formerHost: String

    public init(
        id: CallID,
        lastTranscript: String,
        lastIntent: String,
        stage: String,
        context: JSON,
        parties: JSON,
        epoch: Int64 = 1,
        formerHost: String = ""
    ) {
        (self.id, self.lastTranscript, self.lastIntent) = (id, lastTranscript, lastIntent)
        (self.stage, self.context, self.parties) = (stage, context, parties)
        (self.epoch, self.formerHost) = (epoch, formerHost)
    }

    public var json: JSON {
        [
            "call_id": .string(id.rawValue), "last_transcript": .string(lastTranscript),
            "last_intent": .string(lastIntent),
            "stage": .string(stage), "context": context,
        ]
    }
}
