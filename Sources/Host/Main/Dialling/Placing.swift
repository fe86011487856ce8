/// What became of the wish to place, or to end, a call.
enum Placing: Sendable, Equatable {
    /// The carrier has it under this name, in this state.
    case placed(carrierCallID: String, status: String)
    /// It was not placed, and will not be until somebody changes something: credentials, the caller id, the configuration.
    case refused(reason: String)
    /// It was not placed and never will be: there is no such number.
    case invalid(reason: String)
    /// It was not placed: the carrier does not call this number for us. It does call others.
    case barred(reason: String)
    /// It was not placed for now; it may be tried again after so long.
    case congested(after: Duration, reason: String)
    /// It may have been placed: only `find` tells.
    case unknown(reason: String)
}
