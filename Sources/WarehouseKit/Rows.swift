public import JSONKit

/// From the host's events (docs/EVENTS.md) to rows. Pure: the host makes batches of it, whichever warehouse loads them.
public enum Rows {
    /// The rows of one event, by table: one in `events`, and those that its topic makes. Only columns that have a value
    /// are there.
    /// - Throws: an error that names the member, for an envelope that is none.
    public static func of(_ event: JSON) throws(WarehouseError) -> [String: [JSON]] {
        func text(_ name: String) throws(WarehouseError) -> String {
            guard let text = event[name]?.string, !text.isEmpty else {
                throw WarehouseError("\(name): is required in an event (a string)")
            }
            return text
        }
        let (id, topic, key) = (try text("id"), try text("topic"), try text("key"))
        guard let at = Instant(parsing: try text("at")) else {
            throw WarehouseError("at: must be a time such as 2026-11-23T16:00:00.000Z")
        }
        let data = event["data"] ?? [:]
        let common: JSONObject = ["event_id": .string(id), "at": .string(at.description)]
        var row = common
        (row["topic"], row["key"]) = (.string(topic), .string(key))
        row["call_id"] = some(data["call_id"], .text)
        row["host"] = some(event["host"], .text)
        row["position"] = some(event["position"], .integer)
        row["data"] = .string(data.description)
        var tables = ["events": [JSON.object(row)]]
        guard let (table, members) = members(topic, data) else { return tables }
        row = common
        row["call_id"] = row["call_id"] ?? some(data["call_id"], .text) ?? .string(key)
        for (name, value) in members {
            if let value, let type = table.column(name)?.type { row[name] = some(value, type) }
        }
        tables[table.name] = [.object(row)]
        return tables
    }

    /// A value as its column takes it; nil for none, and for one of another type, which `events` still has.
    private static func some(_ value: JSON?, _ type: ColumnType) -> JSON? {
        value.flatMap { $0.isNull ? nil : type.accepted($0) }
    }

    private typealias Members = (table: Table, members: [(String, JSON?)])

    private static func members(_ topic: String, _ data: JSON) -> Members? {
        func same(_ names: String...) -> [(String, JSON?)] { names.map { ($0, data[$0]) } }
        switch topic {
        case "call.ended":
            let plain = same("direction", "agent", "disposition", "reason", "duration_s", "turns", "barge_ins")
            return (.calls, plain + [("from_number", data["from"]), ("to_number", data["to"])] + judgement(data))
        case "transcript.final": return (.turns, [("kind", "transcript")] + same("turn", "text"))
        case "reply.spoken": return (.turns, [("kind", "reply")] + same("turn", "text", "interrupted"))
        case "turn.completed":
            let parts = Table.latencyParts.map { ($0, data["latency"]?[$0]) }
            return (
                .turns, [("kind", "completed")] + same("turn", "stage", "intent", "confidence", "interrupted") + parts
            )
        case "intent.labelled": return (.intents, same("turn", "intent", "confidence", "labels"))
        case "call.status":
            return (.callStatus, same("carrier_call_id", "status", "sequence", "answered_by") + [("about", data["of"])])
        default:
            // Whoever judges calls afterwards may name its event as it likes.
            let judgement = judgement(data)
            guard topic.hasPrefix("call.") || data["call_id"]?.string != nil, judgement.contains(where: { $0.1 != nil })
            else { return nil }
            return (.judgements, [("topic", .string(topic))] + judgement)
        }
    }

    private static func judgement(_ data: JSON) -> [(String, JSON?)] {
        [
            ("resolution", resolution(data["resolution"])), ("sentiment", sentiment(data["sentiment"])),
            ("score", data["score"].flatMap { some($0["score"] ?? $0, .real) }),
        ]
    }

    /// A word; `true` and `false` are words, too.
    private static func resolution(_ value: JSON?) -> JSON? {
        guard let value else { return nil }
        if let isResolved = value.bool { return isResolved ? "resolved" : "unresolved" }
        return some(value["label"] ?? value, .text)
    }

    /// A word; a number from -1 to 1 is turned into one.
    private static func sentiment(_ value: JSON?) -> JSON? {
        guard let value else { return nil }
        if let number = value.double { return number > 0.25 ? "positive" : number < -0.25 ? "negative" : "neutral" }
        return some(value["label"] ?? value, .text)
    }
}
