import JSONKit

/// A part of the conversation with a goal of its own.
public struct Stage: Sendable, Equatable {
    public let name: String
    /// What is to be reached here; the model is told.
    public let goal: String
    /// Further words to the model, after the agent's own instructions.
    public let instructions: String
    /// Ready answers by intent, and `default`, `no_answer`. A template model speaks them; any other is the last resort.
    public let templates: [String: String]
    public let transitions: [Transition]
    /// Whether what the caller says is looked up in the collections before the model is asked.
    public let retrieves: Bool
    /// Where it is looked up; empty: the agent's collections.
    public let collections: [String]
    /// Entering this stage ends the call with this disposition, once its reply was heard.
    public let final: String?
    /// The disposition when the caller hangs up in this stage.
    public let disposition: String?
    /// Which tools the model may call here.
    public let tools: [String]
    /// The language spoken here; nil: the document's.
    public let language: String?
    /// What is to be learned here, in the order in which it is asked for.
    public let slots: [String]
    /// Done whenever the stage is entered from another.
    public let enter: [FlowAction]

    init(_ fields: Fields, slots known: [Slot]) throws(FieldError) {
        name = try fields.string("name")
        guard name.isName else { throw fields.error("name", "must be letters, digits, - and _, is \"\(name)\"") }
        goal = try fields.string("goal", default: "")
        instructions = try fields.string("instructions", default: "")
        templates = try Self.templates(fields)
        var transitions: [Transition] = []
        for transition in try fields.objects("transitions", default: []) {
            transitions.append(try Transition(transition, slots: known))
        }
        self.transitions = transitions
        retrieves = try fields.bool("retrieve", default: false)
        collections = try fields.strings("collections", default: [])
        final = try Self.code("final", fields)
        disposition = try Self.code("disposition", fields)
        tools = try fields.strings("tools", default: [])
        slots = try fields.strings("slots", default: [])
        language = try fields.optionalString("language")
        enter = try FlowAction.read("enter", fields)
        try fields.finish()
        if final != nil, !transitions.isEmpty { throw fields.error("transitions", "a final stage has none") }
    }

    private static func templates(_ fields: Fields) throws(FieldError) -> [String: String] {
        guard let object = try fields.optionalObject("templates") else { return [:] }
        var result: [String: String] = [:]
        for key in object.object.keys { result[key] = try object.string(key) }
        return result
    }

    private static func code(_ key: String, _ fields: Fields) throws(FieldError) -> String? {
        guard let code = try fields.optionalString(key) else { return nil }
        guard code.isName else { throw fields.error(key, "must be an outcome code of letters, digits, - and _") }
        return code
    }

    /// What is said when no model answers.
    func fallback(intent: String?) -> String? {
        intent.flatMap { templates[$0] }.flatMap { $0.contains("{") ? nil : $0 } ?? templates["no_answer"]
    }
}
