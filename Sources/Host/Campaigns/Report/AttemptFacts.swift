/// What a report counts of one attempt that is over; nothing personal.
public struct AttemptFacts: Sendable, Equatable {
    public var disposition: String
    /// Distinguishes leads, and tells nothing of them.
    public var lead: UInt64
    /// Of the day, by the clocks of the one who was called; nil: nobody knows.
    public var hour: Int?
    /// As in `2026-11-23`, by the campaign's clocks.
    public var day: String
    public var isAnswered: Bool
    /// A person answered.
    public var isHuman: Bool
    /// There was a conversation.
    public var isContact: Bool
    /// It came to what campaigns are made for: a sale, an appointment, a promise, a conversation that was led to its end.
    public var isSuccess: Bool
    /// Seconds from the answer to the end.
    public var talked: Double

    public init(
        disposition: String,
        lead: UInt64,
        hour: Int?,
        day: String,
        isAnswered: Bool = false,
        isHuman: Bool = false,
        isContact: Bool = false,
        isSuccess: Bool = false,
        talked: Double = 0
    ) {
        (self.disposition, self.lead, self.hour, self.day) = (disposition, lead, hour, day)
        (self.isAnswered, self.isHuman, self.isContact) = (isAnswered, isHuman, isContact)
        (self.isSuccess, self.talked) = (isSuccess, talked)
    }
}
