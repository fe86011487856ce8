/// The turns of a call that a status callback tells of.
public struct CallEvents: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let initiated = CallEvents(rawValue: 1)
    public static let ringing = CallEvents(rawValue: 2)
    public static let answered = CallEvents(rawValue: 4)
    /// The end, whatever it was.
    public static let completed = CallEvents(rawValue: 8)
    public static let all: CallEvents = [.initiated, .ringing, .answered, .completed]

    /// By the name that requests use; nil for others.
    init?(named name: String) {
        switch name {
        case "initiated": self = .initiated
        case "ringing": self = .ringing
        case "answered": self = .answered
        case "completed": self = .completed
        default: return nil
        }
    }
}
