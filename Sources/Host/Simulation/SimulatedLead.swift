/// Somebody who does not exist, in as few bytes as it takes: a million of them are held in memory.
struct SimulatedLead {
    enum State: UInt8 { case ready, claimed, closed }
    enum Consent: UInt8 { case none, express, written }

    /// The digits of its number, country code first.
    var number: UInt64
    /// A second number; 0: none.
    var other: UInt64 = 0
    /// In `AreaCode.all`.
    var area: UInt8
    var list: UInt8
    var consent = Consent.written
    var isSuppressed = false
    var state = State.ready
    var score: Int8
    var priority: Int8
    /// Which of its numbers the next attempt is to.
    var turn: UInt8 = 0
    var attempts: UInt8 = 0
    /// The last disposition, as the simulation's catalogue numbers it; 0: none.
    var disposition: UInt8 = 0
    /// Unix milliseconds; 0: none.
    var nextAt: Int64
    var callbackAt: Int64 = 0
    /// The newest attempt at it, as the record numbers them; -1: none.
    var newest: Int32 = -1

    init(number: UInt64, area: UInt8, list: UInt8, score: Int8, priority: Int8, nextAt: Int64) {
        (self.number, self.area, self.list) = (number, area, list)
        (self.score, self.priority, self.nextAt) = (score, priority, nextAt)
    }

    /// The number of the next attempt.
    var nextNumber: UInt64 { other != 0 && turn % 2 == 1 ? other : number }
}
