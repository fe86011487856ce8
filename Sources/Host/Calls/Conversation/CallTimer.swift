/// What a call waits for; at most one of each at a time.
enum CallTimer: Int, CaseIterable, Sendable {
    /// Nobody speaks.
    case silence
    /// Intent and retrieval have had their time.
    case understanding
    /// Nothing was understood of what stopped the agent.
    case falseInterruption
    /// The line owes marks for audio that it must have played by now.
    case playback
    /// The stage's own time.
    case stage
    /// The longest a call may last.
    case duration
    /// The recording has had its time to be stored.
    case recording
}
