import JSONKit

/// What must be so at a point of a conversation, or at its end.
struct Expectation: Sendable {
    /// A tool that must have been called, with these arguments among others.
    struct ToolCall: Sendable {
        let name: String
        let arguments: JSONObject
    }

    var stage: String?
    var intent: String?
    var said: [TextPattern] = []
    var neverSaid: [TextPattern] = []
    /// Null: the slot must be empty.
    var slots = JSONObject()
    var tools: [ToolCall] = []
    /// The longest wait from the caller's last sound to the agent's first.
    var withinMilliseconds: Int?
    var disposition: String?
    var ended: Bool?
    var interrupted: Bool?
    /// The number that the agent gave the line to.
    var transferred: String?
    /// The stages of the whole call, in order.
    var stages: [String]?

    init(_ fields: Fields) throws(FieldError) {
        stage = try fields.optionalString("stage")
        intent = try fields.optionalString("intent")
        said = try TextPattern.list("said", fields)
        neverSaid = try TextPattern.list("never_said", fields)
        slots = try fields.optionalObject("slots")?.all() ?? JSONObject()
        for call in try fields.objects("tools", default: []) {
            tools.append(
                ToolCall(
                    name: try call.string("name"),
                    arguments: try call.optionalObject("arguments")?.all() ?? JSONObject()
                )
            )
            try call.finish()
        }
        withinMilliseconds = try fields.optionalInt("within_ms", in: 1...600_000)
        transferred = try fields.optionalString("transferred")
        disposition = try fields.optionalString("disposition")
        if fields.object["ended"] != nil { ended = try fields.bool("ended", default: true) }
        if fields.object["interrupted"] != nil { interrupted = try fields.bool("interrupted", default: true) }
        if fields.object["stages"] != nil { stages = try fields.strings("stages") }
        try fields.finish()
        guard !fields.object.isEmpty else {
            throw FieldError(path: fields.path(of: "said"), problem: "an expectation needs at least one member")
        }
    }
}

extension Fields {
    /// Every member, whatever it is.
    fileprivate func all() throws(FieldError) -> JSONObject {
        var result = JSONObject()
        for key in object.keys { result[key] = try json(key, default: .null) }
        return result
    }
}
