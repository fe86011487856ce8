/// A call that somebody wants to be placed, as far as its course depends on it.
public struct CallRequest: Sendable, Equatable {
    /// Whether the carrier finds out who answers.
    public enum Detection: Sendable, Equatable {
        case off
        /// As soon as it is known.
        case start
        /// With machines, when their greeting is over.
        case messageEnd
    }

    /// In E.164.
    public var to: String
    public var from: String
    /// Seconds that it may ring.
    public var timeout = 60
    /// What the caller wants to be told.
    public var events: CallEvents = []
    public var detection = Detection.off
    /// The call goes on while the carrier listens.
    public var detectsMeanwhile = false

    public init(to: String, from: String) { (self.to, self.from) = (to, from) }

    /// A plus and 7 to 15 digits, the first of which is not 0.
    static func isNumber(_ text: some StringProtocol) -> Bool {
        let digits = text.utf8.dropFirst()
        return text.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count)
            && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
