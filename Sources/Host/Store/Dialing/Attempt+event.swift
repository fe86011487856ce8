public import Core
import JSONKit

extension Attempt {
    /// `attempt.intended`, as `docs/EVENTS.md` has it. Its identifier follows from the attempt's: it is told once.
    public var intendedEvent: Event {
        let data: JSON = [
            "campaign": .string(campaign), "lead": .string(lead), "number": .string(number),
            "caller_id": .string(callerID), "decision": decision, "personal": ["number"],
        ]
        return Event(.attemptIntended, key: id, data: data, id: eventID("intended"), at: intendedAt)
    }

    /// The identifier of an event of this attempt: a repeat of the same one is recognised by it.
    public func eventID(_ name: String) -> EventID { EventID(of: "\(id)/\(name)") }
}
