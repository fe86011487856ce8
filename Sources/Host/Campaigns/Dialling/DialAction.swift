/// What a `DialMachine` wants to be done.
public enum DialAction: Sendable, Equatable {
    /// Leads are to be given out; `claimed` follows.
    case claim(limit: Int, millicallsPerSecond: Int64)
    /// The carrier is to be asked to call; an answer follows.
    case place(String)
    /// The carrier is to be asked what it knows of the attempt; an answer follows.
    case ask(String)
    /// The carrier is to end a call that nobody has answered.
    case callOff(String)
    /// It was surely not called: its lead may be called later.
    case giveBack(String, reason: String)
    /// The campaign is to be paused.
    case pause(reason: String)
    /// Nothing is left to be done.
    case complete
}
