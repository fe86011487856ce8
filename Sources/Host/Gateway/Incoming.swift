import Core

/// A call that a carrier announces.
public struct Incoming: Sendable {
    public let carrierCallID: String
    /// As the carrier writes them; not always telephone numbers. Personal data.
    public let from: String
    public let to: String
    public let isOutbound: Bool
}
