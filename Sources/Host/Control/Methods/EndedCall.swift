import Core
import JSONKit
import Store

/// A call as the event log has it: what is left of one that is over, and the ledger of any.
struct EndedCall {
    private let events: [Recorded]

    init(_ id: CallID, in log: EventLog) async throws(StoreError) {
        events = try await log.read(
            after: 0,
            topics: [.callStarted, .turnCompleted, .callEnded, .callInterrupted],
            key: id.rawValue,
            limit: 10_000
        )
    }

    /// The turns that were completed, each with what its answer waited for.
    var ledger: JSON { .array(events.filter { $0.event.topic == .turnCompleted }.map(\.event.data)) }

    /// As `call.get` shows it; nil: the log knows no such call, or none that is over.
    var json: JSON? {
        guard let started = events.first(where: { $0.event.topic == .callStarted })?.event,
            let end = events.last(where: { $0.event.topic == .callEnded || $0.event.topic == .callInterrupted })?.event
        else { return nil }
        let isEnded = end.topic == .callEnded
        var members: JSONObject = [
            "call_id": .string(started.key), "state": isEnded ? "ended" : "interrupted",
            "started_at": .string(started.at.description), "ledger": ledger,
            "stage": end.data["stages"]?.array?.last ?? "", "duration_s": end.data["duration_s"] ?? 0.0,
            "turns": end.data["turns"] ?? 0, "transcript": end.data["transcript"] ?? [],
        ]
        for name in ["agent", "direction", "from", "to", "carrier_call_id"] { members[name] = started.data[name] ?? "" }
        for name in ["disposition", "reason"] { members[name] = end.data[name] ?? members[name] }
        return .object(members)
    }
}
