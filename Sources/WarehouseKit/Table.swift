/// A table of the warehouse. Every row has an `event_id`, and stands there once; `at` is when its event happened.
public struct Table: Sendable, Equatable {
    public let name: String
    public let columns: [Column]
    /// Columns by which the rows of a call are found when it is erased.
    public let callColumns: [String]

    private init(_ name: String, callColumns: [String] = ["call_id"], _ columns: [Column]) {
        (self.name, self.callColumns) = (name, callColumns)
        self.columns =
            [Column("event_id", .text, isRequired: true), Column("at", .time, isRequired: true)] + columns
    }

    public func column(_ name: String) -> Column? { columns.first { $0.name == name } }

    /// The table of a name; nil where there is none.
    public static func named(_ name: String) -> Table? { all.first { $0.name == name } }

    /// Every table, in the order in which they are loaded.
    public static let all = [events, calls, turns, intents, callStatus, judgements]

    /// Every event, as the log has it.
    public static let events = Table(
        "events",
        callColumns: ["key", "call_id"],
        [
            Column("topic", .text, isRequired: true), Column("key", .text, isRequired: true), Column("call_id", .text),
            Column("host", .text), Column("position", .integer), Column("data", .json),
        ]
    )

    /// One row for each call that has ended.
    public static let calls = Table(
        "calls",
        [
            callID, Column("direction", .text), Column("agent", .text), Column("disposition", .text),
            Column("reason", .text), Column("duration_s", .real), Column("resolution", .text),
            Column("sentiment", .text), Column("score", .real), Column("turns", .integer),
            Column("barge_ins", .integer), Column("from_number", .text), Column("to_number", .text),
        ]
    )

    /// What was said, and how long each answer took. `kind` is `transcript`, `reply` or `completed`.
    public static let turns = Table(
        "turns",
        [
            callID, Column("kind", .text, isRequired: true), Column("turn", .integer), Column("text", .text),
            Column("interrupted", .boolean), Column("stage", .text), Column("intent", .text),
            Column("confidence", .real),
        ] + latencyParts.map { Column($0, .real) }
    )

    /// What callers wanted, as it was understood.
    public static let intents = Table(
        "intents",
        [
            callID, Column("turn", .integer), Column("intent", .text), Column("confidence", .real),
            Column("labels", .json),
        ]
    )

    /// What the carrier told. `about` is `call` or `recording`.
    public static let callStatus = Table(
        "call_status",
        [
            callID, Column("carrier_call_id", .text), Column("status", .text), Column("about", .text),
            Column("sequence", .integer), Column("answered_by", .text),
        ]
    )

    /// What was found out about a call after it had ended. The latest word counts.
    public static let judgements = Table(
        "judgements",
        [
            callID, Column("topic", .text, isRequired: true), Column("resolution", .text), Column("sentiment", .text),
            Column("score", .real),
        ]
    )

    /// The parts of a turn's silence, the whole first; see docs/EVENTS.md.
    public static let latencyParts = [
        "gap_ms", "endpointing_ms", "final_transcript_ms", "intent_ms", "retrieval_ms", "first_token_ms",
        "first_sentence_ms", "first_audio_ms", "playout_ms", "carrier_ms", "voice_lead_ms", "added_ms",
    ]

    private static let callID = Column("call_id", .text, isRequired: true)
}
