import JSONKit

/// What an agent does when a machine answers a call that the host has placed.
public struct Voicemail: Sendable, Equatable {
    public enum Action: String, Sendable, CaseIterable { case hangUp = "hang_up", leaveMessage = "leave_message" }

    public var action = Action.hangUp
    /// Spoken behind the beep.
    public var message = ""

    public init() {}

    init(_ fields: Fields) throws(FieldError) {
        let name = try fields.string("action", default: Action.hangUp.rawValue)
        guard let action = Action(rawValue: name) else {
            throw fields.error("action", "is \"\(name)\"; use hang_up or leave_message")
        }
        self.action = action
        message = try fields.string("message", default: "")
        guard action == .hangUp || !message.isEmpty else { throw fields.error("message", "leave_message needs one") }
        try fields.finish()
    }

    /// What is done where whoever had the call placed says `wanted`; nil: as the document says. Without a message there is
    /// none to leave.
    public func action(wanted: Action?) -> Action { message.isEmpty ? .hangUp : wanted ?? action }
}
