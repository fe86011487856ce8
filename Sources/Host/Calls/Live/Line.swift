/// The telephone line of one call, as the carrier's socket offers it. Confined to the call's loop; no function blocks.
public protocol Line: AnyObject {
    /// Queues audio behind what was sent before: 8 kHz mono, 160 samples at a time. Valid until return.
    func play(_ samples: Span<Int16>)

    /// Asks to be told, by `LiveCall.marked(_:)`, when everything sent so far has been heard or cleared.
    func mark(_ name: String)

    /// Drops what was sent and not yet heard.
    func clear()

    /// Presses keys, if the carrier can do it itself. False: it cannot, and their tones are to be played.
    func sendDigits(_ digits: String) -> Bool

    /// Gives the line to another number, in E.164 or as a SIP address. `done` is called once, on the call's loop, with
    /// why it could not be; nil: the line is the other's, and `LiveCall.lineClosed(reason:)` need not follow.
    func transfer(to number: String, _ done: @escaping (String?) -> Void)

    /// Ends the line. `LiveCall.lineClosed(reason:)` need not follow.
    func close(reason: String)
}

extension Line {
    public func sendDigits(_ digits: String) -> Bool { false }
}
