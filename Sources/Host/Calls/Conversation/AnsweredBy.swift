/// Who answered a call that the host has placed.
public enum AnsweredBy: String, Sendable {
    case human
    /// A machine that is still greeting.
    case machine
    /// A fax: there is nobody to leave a message for.
    case fax
    /// A machine that waits for a message: its beep was heard.
    case beep

    /// As carriers write it; nil: they do not know, and our own detection goes on.
    public init?(carrier: String) {
        switch carrier {
        case "human": self = .human
        case "machine_start": self = .machine
        case "fax": self = .fax
        case let text where text.hasPrefix("machine_end"): self = .beep
        default: return nil
        }
    }
}
