/// What happens to a `CarrierMachine`.
public enum CarrierInput: Sendable, Equatable {
    case place(CallRequest)
    /// The one who has placed the call ends it: one that is not answered yet is canceled.
    case end(Int)
    /// The conversation is over, whoever has ended it.
    case hungUp(Int)
    /// Nothing but that time has passed.
    case time
}
