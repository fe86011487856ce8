public import Core

/// A call that was placed with the simulated carrier.
public struct PracticeCall: Sendable, Equatable {
    /// From 1, in the order in which they were placed.
    public let number: Int
    public let request: CallRequest
    public let persona: Persona
    /// Counts the calls to this number, from 1.
    public let attempt: Int
    public internal(set) var status = CallStatus.queued
    public let placedAt: Timestamp
    public internal(set) var begunAt: Timestamp?
    public internal(set) var ringingAt: Timestamp?
    public internal(set) var answeredAt: Timestamp?
    public internal(set) var endedAt: Timestamp?
    /// Nil until the machine detection, if there is one, is done.
    public internal(set) var answeredBy: String?
    public internal(set) var sipCode: Int?
    var sequence = 0
    var dice: Dice

    init(number: Int, request: CallRequest, persona: Persona, attempt: Int, placedAt: Timestamp, dice: Dice) {
        (self.number, self.request, self.persona) = (number, request, persona)
        (self.attempt, self.placedAt, self.dice) = (attempt, placedAt, dice)
    }

    /// Seconds of talk, begun ones whole; nil before the end.
    public var duration: Int? {
        guard let endedAt else { return nil }
        guard let answeredAt else { return 0 }
        return Int((endedAt.unixMilliseconds - answeredAt.unixMilliseconds + 999) / 1000)
    }

    public static func == (left: PracticeCall, right: PracticeCall) -> Bool {
        left.number == right.number && left.status == right.status && left.endedAt == right.endedAt
    }
}
