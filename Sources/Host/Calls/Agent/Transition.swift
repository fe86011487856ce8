public import JSONKit

/// A way out of a stage.
public struct Transition: Sendable, Equatable {
    /// What takes it.
    public enum Trigger: Sendable, Equatable {
        /// The caller's intent, at this confidence or above.
        case intent(String, minConfidence: Double)
        /// A key on the caller's telephone.
        case digit(Character)
        /// So many seconds in the stage.
        case after(seconds: Int)
        /// So many silences in a row.
        case silences(Int)
        /// Every slot of the stage has a value.
        case slotsFilled
        /// The slot has a value; this one, if it is given.
        case slot(String, is: JSON?)
        /// The slot was asked for as often as it may be.
        case slotFailed(String)
        /// A tool has come to its end.
        case tool(String, succeeded: Bool)
        /// The condition holds.
        case when(Condition)
    }

    public let trigger: Trigger
    /// The stage to go to.
    public let target: String
    /// Spoken instead of asking the model.
    public let say: String?
    /// Done on the way.
    public let actions: [FlowAction]

    private static let members = [
        "intent", "digit", "after_s", "silences", "slots", "slot", "slot_failed", "tool", "when",
    ]

    /// Reads `{"on": {...}, "min_confidence", "to", "say", "do"}`.
    init(_ fields: Fields, slots: [Slot]) throws(FieldError) {
        let on = try fields.object("on")
        let given = Self.members.filter { on.object[$0] != nil }
        guard given.count == 1 else {
            throw fields.error("on", "must have exactly one of \(Self.members.joined(separator: ", "))")
        }
        if given[0] != "intent", fields.object["min_confidence"] != nil {
            throw fields.error("min_confidence", "only goes with an intent")
        }
        let confidence = try fields.double("min_confidence", default: 0.5, in: 0...1)
        trigger = try Self.trigger(given[0], on, confidence, slots)
        try on.finish()
        target = try fields.string("to")
        say = try fields.optionalString("say")
        actions = try FlowAction.read("do", fields)
        try fields.finish()
    }

    private static func trigger(
        _ member: String,
        _ on: Fields,
        _ confidence: Double,
        _ slots: [Slot]
    ) throws(FieldError) -> Trigger {
        switch member {
        case "intent": return .intent(try on.string("intent"), minConfidence: confidence)
        case "digit":
            let digit = try on.string("digit")
            guard digit.count == 1, let key = digit.first, "0123456789*#ABCD".contains(key) else {
                throw on.error("digit", "must be one of 0 to 9, *, #, A to D")
            }
            return .digit(key)
        case "after_s": return .after(seconds: try on.int("after_s", in: 1...14_400))
        case "silences": return .silences(try on.int("silences", in: 1...100))
        case "slots":
            guard try on.string("slots") == "filled" else { throw on.error("slots", "must be \"filled\"") }
            return .slotsFilled
        case "slot":
            let value = try on.json("is", default: .null)
            return .slot(try on.string("slot"), is: value.isNull ? nil : value)
        case "slot_failed": return .slotFailed(try on.string("slot_failed"))
        case "tool":
            let result = try on.string("result", default: "ok")
            guard result == "ok" || result == "failed" else { throw on.error("result", "must be \"ok\" or \"failed\"") }
            return .tool(try on.string("tool"), succeeded: result == "ok")
        default: return .when(try Condition(on.string("when"), slots: slots, path: on.path(of: "when")))
        }
    }
}
