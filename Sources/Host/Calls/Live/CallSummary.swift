public import Core
public import JSONKit

/// A live call at one moment, for the control plane.
public struct CallSummary: Sendable {
    public let id: CallID
    public let agent: String
    public let direction: CallDetails.Direction
    public let from: String
    public let to: String
    public let carrierCallID: String
    /// `greeting`, `listening`, `hearing`, `thinking`, `speaking`, `ending`.
    public let state: String
    public let stage: String
    public let startedAt: Timestamp
    public let seconds: Double
    public let turns: Int
    /// Who said what: `{"who": "caller"|"agent", "text"}`; of the agent only what was heard.
    public let transcript: [JSON]
    /// Last transcript, last intent and context, as `session.get` shows them.
    public let session: JSON

    /// Everything but the transcript and the session.
    public var json: JSON {
        [
            "call_id": .string(id.rawValue), "agent": .string(agent), "direction": .string(direction.rawValue),
            "from": .string(from), "to": .string(to), "carrier_call_id": .string(carrierCallID),
            "state": .string(state), "stage": .string(stage), "started_at": .string(startedAt.description),
            "duration_s": .double((seconds * 1000).rounded() / 1000), "turns": .int(Int64(turns)),
        ]
    }
}
