public import JSONKit

/// Something an agent does by itself, on the way into a stage. Texts may name slots: `{day}`.
public enum FlowAction: Sendable, Equatable {
    case say(String)
    case set(slot: String, JSON)
    /// Runs a tool of the document; its result fills slots, and takes transitions.
    case tool(String, arguments: JSON)
    /// The line goes to this number once what was said has been heard.
    case transfer(to: String)
    /// Another agent document goes on with the call.
    case handover(agent: String)
    case digits(String)
    /// The call ends with this disposition once what was said has been heard.
    case end(disposition: String)

    static let members = ["say", "set", "tool", "transfer", "handover", "digits", "end"]

    /// Reads `{"say": "..."}` and its like: exactly one member, and `arguments` beside `tool`.
    init(_ fields: Fields) throws(FieldError) {
        let given = Self.members.filter { fields.object[$0] != nil }
        guard given.count == 1 else {
            throw fields.error("", "must have exactly one of \(Self.members.joined(separator: ", "))")
        }
        switch given[0] {
        case "say": self = .say(try fields.string("say"))
        case "set":
            let set = try fields.object("set")
            guard set.object.count == 1, let (name, value) = set.object.first(where: { _ in true }) else {
                throw fields.error("set", "must be one slot and its value, as {\"day\": \"2026-05-05\"}")
            }
            self = .set(slot: name, value)
        case "tool": self = .tool(try fields.string("tool"), arguments: try fields.json("arguments", default: [:]))
        case "transfer": self = .transfer(to: try fields.string("transfer"))
        case "handover": self = .handover(agent: try fields.string("handover"))
        case "digits":
            let digits = try fields.string("digits")
            guard digits.allSatisfy({ "0123456789*#ABCDw".contains($0) }), (1...64).contains(digits.count) else {
                throw fields.error("digits", "must be keys, or w for half a second's wait: 0 to 9, *, #, A to D")
            }
            self = .digits(digits)
        default:
            let code = try fields.string("end")
            guard code.isName else { throw fields.error("end", "must be an outcome code of letters, digits, - and _") }
            self = .end(disposition: code)
        }
        try fields.finish()
    }

    static func read(_ key: String, _ fields: Fields) throws(FieldError) -> [FlowAction] {
        var result: [FlowAction] = []
        for object in try fields.objects(key, default: []) { result.append(try FlowAction(object)) }
        guard result.count <= 16 else { throw fields.error(key, "has more than 16 actions") }
        return result
    }
}
