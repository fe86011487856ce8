/// What the carrier knows of calls to a number.
enum CarrierFinding: Sendable, Equatable {
    /// All of them, newest first. A call that was placed within the last seconds may be missing.
    case found([CarrierCall])
    /// The carrier cannot be asked now, or has more to tell than anybody reads.
    case unknown(reason: String)
}
