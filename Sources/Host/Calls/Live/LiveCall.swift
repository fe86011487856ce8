import Core

/// One live call: performs what its machines decide. Confined to its loop.
public final class LiveCall {
    public let details: CallDetails
    let line: any Line

    init(_ details: CallDetails, line: any Line) { (self.details, self.line) = (details, line) }

    /// The next 20 ms of the caller. `position` counts microseconds from the start of the line's audio; a gap is silence.
    public func hear(_ samples: Span<Int16>, at position: Int64) {}

    /// Everything up to this mark was heard or cleared.
    public func marked(_ name: String) {}

    /// A key on the caller's telephone.
    public func digit(_ digit: Character) {}

    /// The line has gone. Harmless when it was closed from here.
    public func lineClosed(reason: String) {}
}
