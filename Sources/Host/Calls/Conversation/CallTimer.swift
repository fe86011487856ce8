/// What a call waits for; at most one of each at a time.
enum CallTimer: Int, CaseIterable, Sendable {
    /// Nobody speaks.
    case silence
    /// Intent and retrieval have had their time.
    case understanding
    /// Nothing was understood of what stopped the agent.
    case falseInterruption
    /// A tool takes long enough for a word about it.
    case filler
    /// A tool should long have come to an end.
    case tool
    /// No more keys come.
    case keys
    /// The line owes marks for audio that it must have played by now.
    case playback
    /// The stage's own time.
    case stage
    /// A machine's beep has had its time.
    case beep
    /// The longest a call may last.
    case duration
    /// The recording has had its time to be stored.
    case recording
}
