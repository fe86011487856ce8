/// What is done when a machine answers.
public enum MachineAction: String, Sendable, CaseIterable {
    case hangUp = "hang_up"
    /// The agent speaks its message behind the beep.
    case leaveMessage = "leave_message"
}
