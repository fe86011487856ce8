import JSONKit

/// What the agent says when the conversation itself is in trouble; each has a default in English.
public struct Lines: Sendable, Equatable {
    public var stillThere = "Are you still there?"
    public var notUnderstood = "Sorry, I did not catch that. Could you say it again?"
    public var cannotHear = "Sorry, I have trouble hearing you at the moment. Please try again."
    public var cannotAnswer = "I am sorry, I cannot answer that right now."
    public var timeIsUp = "I am afraid we have to stop here. Thank you for calling."
    public var cannotTransfer = "I am sorry, I cannot connect you at the moment."
    public var cutOff = "Sorry, we were cut off for a moment."
    public var goodbye = "Goodbye."

    public init() {}

    init(_ fields: Fields) throws(FieldError) {
        stillThere = try fields.string("still_there", default: stillThere)
        notUnderstood = try fields.string("not_understood", default: notUnderstood)
        cannotHear = try fields.string("cannot_hear", default: cannotHear)
        cannotAnswer = try fields.string("cannot_answer", default: cannotAnswer)
        timeIsUp = try fields.string("time_is_up", default: timeIsUp)
        cannotTransfer = try fields.string("cannot_transfer", default: cannotTransfer)
        cutOff = try fields.string("cut_off", default: cutOff)
        goodbye = try fields.string("goodbye", default: goodbye)
        try fields.finish()
    }
}
