/// A call at one moment, as the caller knows it: what scripts wait for.
public struct CallView: Sendable {
    /// The media socket is open.
    public var isConnected = false
    public var isClosed = false
    /// Milliseconds since the media started.
    public var time = 0
    /// The agent can be heard, pauses between words included.
    public var isAgentSpeaking = false
    /// When the agent was first heard, in milliseconds since the media started.
    public var firstHeard: Int?
    /// How often the agent began to speak.
    public var agentUtterances = 0
    /// How long the agent has been speaking, or silent.
    public var agentFor = 0
    /// Whether the caller's own words have all been sent.
    public var isCallerSilent = true
}
