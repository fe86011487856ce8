/// What a `CarrierMachine` wants to be done.
public enum CarrierAction: Sendable, Equatable {
    /// What becomes of the answer to a request whose call was placed.
    public enum Reply: Sendable, Equatable {
        case prompt
        /// After so many milliseconds.
        case late(Int64)
        /// The connection breaks.
        case lost
        /// 500, although the call is placed.
        case failed
    }

    /// A call was placed; the first action behind `place`, unless it is `refused`.
    case accepted(Int, Reply)
    case refused(Refusal)
    /// A status callback is due.
    case tell(Int, CallNews)
    /// The call's instructions are to be asked for and carried out.
    case converse(Int)
    /// The machine detection that runs beside the call has come to its result after so many milliseconds.
    case detected(Int, answeredBy: String, milliseconds: Int64)
    /// The call has ended: its media, if there is any, is cut.
    case over(PracticeCall)
}
