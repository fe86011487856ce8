/// The telephone line of one call, as the carrier's socket offers it. Confined to the call's loop; no function blocks.
public protocol Line: AnyObject {
    /// Queues audio behind what was sent before: 8 kHz mono, 160 samples at a time. Valid until return.
    func play(_ samples: Span<Int16>)

    /// Asks to be told, by `LiveCall.marked(_:)`, when everything sent so far has been heard or cleared.
    func mark(_ name: String)

    /// Drops what was sent and not yet heard.
    func clear()

    /// Ends the line. `LiveCall.lineClosed(reason:)` need not follow.
    func close(reason: String)
}
