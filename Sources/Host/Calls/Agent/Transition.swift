import JSONKit

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
    }

    public let trigger: Trigger
    /// The stage to go to.
    public let target: String
    /// Spoken instead of asking the model.
    public let say: String?

    /// Reads `{"on": {"intent"|"digit"|"after_s"|"silences": ...}, "min_confidence", "to", "say"}`.
    init(_ fields: Fields) throws(FieldError) {
        let on = try fields.object("on")
        let intent = try on.optionalString("intent")
        let digit = try on.optionalString("digit")
        let after = try on.optionalInt("after_s", in: 1...14_400)
        let silences = try on.optionalInt("silences", in: 1...100)
        try on.finish()
        guard [intent != nil, digit != nil, after != nil, silences != nil].count(where: \.self) == 1 else {
            throw fields.error("on", "must have exactly one of intent, digit, after_s, silences")
        }
        let confidence = try fields.double("min_confidence", default: 0.5, in: 0...1)
        if intent == nil, fields.object["min_confidence"] != nil {
            throw fields.error("min_confidence", "only goes with an intent")
        }
        if let intent {
            trigger = .intent(intent, minConfidence: confidence)
        } else if let digit {
            guard digit.count == 1, let key = digit.first, "0123456789*#ABCD".contains(key) else {
                throw on.error("digit", "must be one of 0 to 9, *, #, A to D")
            }
            trigger = .digit(key)
        } else if let after {
            trigger = .after(seconds: after)
        } else {
            trigger = .silences(silences ?? 1)
        }
        target = try fields.string("to")
        say = try fields.optionalString("say")
        try fields.finish()
    }
}
