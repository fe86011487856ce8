/// An answer of the agent's, as somebody hears it who only knows what goes over the socket.
public struct Answer: Sendable, Equatable {
    /// The caller's last sound, and the agent's first one behind it: milliseconds from the start of the media.
    public let silentFrom: Double
    public let heardFrom: Double

    /// How long the caller heard nothing.
    public var gap: Double { heardFrom - silentFrom }
}
